using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Scheduler.MariaDb;

/// <summary>
/// A connection string in parts. Keywords are those of MySqlConnector, as far as this provider has the feature; any other, or a value out of
/// range, is an <see cref="ArgumentException"/> that names it.
/// </summary>
public sealed class MariaDbConnectionStringBuilder : DbConnectionStringBuilder
{
    public MariaDbConnectionStringBuilder()
    {
    }

    public MariaDbConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>Host name, address, or path of a Unix socket.</summary>
    public string Server { get => Get<string>(ConnectionOption.Server); set => Set(ConnectionOption.Server, value); }

    public int Port { get => Get<int>(ConnectionOption.Port); set => Set(ConnectionOption.Port, value); }

    public string UserID { get => Get<string>(ConnectionOption.UserId); set => Set(ConnectionOption.UserId, value); }

    public string Password { get => Get<string>(ConnectionOption.Password); set => Set(ConnectionOption.Password, value); }

    public string Database { get => Get<string>(ConnectionOption.Database); set => Set(ConnectionOption.Database, value); }

    public MariaDbConnectionProtocol ConnectionProtocol
    {
        get => Get<MariaDbConnectionProtocol>(ConnectionOption.Protocol);
        set => Set(ConnectionOption.Protocol, value);
    }

    public MariaDbSslMode SslMode { get => Get<MariaDbSslMode>(ConnectionOption.SslMode); set => Set(ConnectionOption.SslMode, value); }

    /// <summary>PEM file with the authorities to trust.</summary>
    public string SslCa { get => Get<string>(ConnectionOption.SslCa); set => Set(ConnectionOption.SslCa, value); }

    /// <summary>PEM file with the client's certificate.</summary>
    public string SslCert { get => Get<string>(ConnectionOption.SslCert); set => Set(ConnectionOption.SslCert, value); }

    /// <summary>PEM file with the client's key.</summary>
    public string SslKey { get => Get<string>(ConnectionOption.SslKey); set => Set(ConnectionOption.SslKey, value); }

    /// <summary>Versions to allow, such as "TLS 1.2, TLS 1.3"; empty leaves it to the client library.</summary>
    public string TlsVersion { get => Get<string>(ConnectionOption.TlsVersion); set => Set(ConnectionOption.TlsVersion, value); }

    /// <summary>Seconds to connect in, or to wait for a connection of the pool; 0 waits forever.</summary>
    public int ConnectionTimeout { get => Get<int>(ConnectionOption.ConnectionTimeout); set => Set(ConnectionOption.ConnectionTimeout, value); }

    /// <summary>Seconds for a command that says nothing else; 0 waits forever.</summary>
    public int DefaultCommandTimeout { get => Get<int>(ConnectionOption.CommandTimeout); set => Set(ConnectionOption.CommandTimeout, value); }

    /// <summary>Seconds that an interrupted command has to end before its connection is cut.</summary>
    public int CancellationTimeout { get => Get<int>(ConnectionOption.CancellationTimeout); set => Set(ConnectionOption.CancellationTimeout, value); }

    public bool Pooling { get => Get<bool>(ConnectionOption.Pooling); set => Set(ConnectionOption.Pooling, value); }

    /// <summary>Idle connections that are kept however long they idle. They are not opened ahead.</summary>
    public int MinimumPoolSize { get => Get<int>(ConnectionOption.MinimumPoolSize); set => Set(ConnectionOption.MinimumPoolSize, value); }

    public int MaximumPoolSize { get => Get<int>(ConnectionOption.MaximumPoolSize); set => Set(ConnectionOption.MaximumPoolSize, value); }

    /// <summary>Seconds after which a connection is not pooled again; 0 is never.</summary>
    public int ConnectionLifeTime { get => Get<int>(ConnectionOption.Lifetime); set => Set(ConnectionOption.Lifetime, value); }

    /// <summary>Seconds after which an idle connection is closed; 0 is never.</summary>
    public int ConnectionIdleTimeout { get => Get<int>(ConnectionOption.IdleTimeout); set => Set(ConnectionOption.IdleTimeout, value); }

    /// <summary>Whether a pooled connection's session (variables, temporary tables, locks) is reset before it is used again.</summary>
    public bool ConnectionReset { get => Get<bool>(ConnectionOption.ConnectionReset); set => Set(ConnectionOption.ConnectionReset, value); }

    /// <summary>Whether @names that are no parameters go to the server as its variables.</summary>
    public bool AllowUserVariables { get => Get<bool>(ConnectionOption.AllowUserVariables); set => Set(ConnectionOption.AllowUserVariables, value); }

    /// <summary>Whether UPDATE counts the rows that changed instead of those it found.</summary>
    public bool UseAffectedRows { get => Get<bool>(ConnectionOption.UseAffectedRows); set => Set(ConnectionOption.UseAffectedRows, value); }

    /// <summary>Whether TINYINT(1) is read as <see cref="bool"/>.</summary>
    public bool TreatTinyAsBoolean { get => Get<bool>(ConnectionOption.TreatTinyAsBoolean); set => Set(ConnectionOption.TreatTinyAsBoolean, value); }

    /// <summary>Whether the date 0000-00-00 is read as <see cref="DateTime.MinValue"/> instead of failing.</summary>
    public bool ConvertZeroDateTime { get => Get<bool>(ConnectionOption.ConvertZeroDateTime); set => Set(ConnectionOption.ConvertZeroDateTime, value); }

    /// <summary>Whether a command may leave out its connection's transaction.</summary>
    public bool IgnoreCommandTransaction
    {
        get => Get<bool>(ConnectionOption.IgnoreCommandTransaction);
        set => Set(ConnectionOption.IgnoreCommandTransaction, value);
    }

    /// <summary>Whether an opened connection still tells its password.</summary>
    public bool PersistSecurityInfo { get => Get<bool>(ConnectionOption.PersistSecurityInfo); set => Set(ConnectionOption.PersistSecurityInfo, value); }

    public MariaDbDateTimeKind DateTimeKind { get => Get<MariaDbDateTimeKind>(ConnectionOption.DateTimeKind); set => Set(ConnectionOption.DateTimeKind, value); }

    public MariaDbGuidFormat GuidFormat { get => Get<MariaDbGuidFormat>(ConnectionOption.GuidFormat); set => Set(ConnectionOption.GuidFormat, value); }

    /// <summary>Told to the server as program_name.</summary>
    public string ApplicationName { get => Get<string>(ConnectionOption.ApplicationName); set => Set(ConnectionOption.ApplicationName, value); }

    [AllowNull]
    public override object this[string keyword]
    {
        get
        {
            var option = ConnectionOption.Find(keyword);
            return base.TryGetValue(option.Name, out var value) ? option.Parse(value) : option.Default;
        }

        set
        {
            var option = ConnectionOption.Find(keyword);
            if (value is null) base.Remove(option.Name);
            else base[option.Name] = option.Parse(value);
        }
    }

    public override bool ContainsKey(string keyword) => ConnectionOption.TryFind(keyword, out var option) && base.ContainsKey(option!.Name);

    public override bool Remove(string keyword) => ConnectionOption.TryFind(keyword, out var option) && base.Remove(option!.Name);

    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value)
    {
        value = null;
        return ConnectionOption.TryFind(keyword, out var option) && base.TryGetValue(option!.Name, out value);
    }

    private T Get<T>(ConnectionOption option) => (T)this[option.Name];

    private void Set(ConnectionOption option, object? value) => this[option.Name] = value;
}
