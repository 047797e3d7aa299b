namespace Scheduler.MariaDb;

/// <summary>A connection string read once and checked as a whole.</summary>
internal sealed class ConnectionSettings
{
    private static readonly TimeSpan Forever = Timeout.InfiniteTimeSpan;

    public ConnectionSettings(string connectionString)
    {
        var builder = new MariaDbConnectionStringBuilder(connectionString);
        ConnectionString = connectionString;
        IsUnixSocket = builder.ConnectionProtocol == MariaDbConnectionProtocol.UnixSocket || builder.Server.StartsWith('/');
        Server = builder.Server;
        Port = builder.Port;
        UserId = builder.UserID;
        Password = builder.Password;
        Database = builder.Database;
        SslMode = builder.SslMode;
        SslCa = builder.SslCa;
        SslCert = builder.SslCert;
        SslKey = builder.SslKey;
        TlsVersion = NativeTlsVersion(builder.TlsVersion);
        ApplicationName = builder.ApplicationName;
        ConnectTimeout = Seconds(builder.ConnectionTimeout);
        CommandTimeoutSeconds = builder.DefaultCommandTimeout;
        CancellationTimeout = TimeSpan.FromSeconds(builder.CancellationTimeout);
        Pooling = builder.Pooling;
        MinimumPoolSize = builder.MinimumPoolSize;
        MaximumPoolSize = builder.MaximumPoolSize;
        Lifetime = Seconds(builder.ConnectionLifeTime);
        IdleTimeout = Seconds(builder.ConnectionIdleTimeout);
        ConnectionReset = builder.ConnectionReset;
        AllowUserVariables = builder.AllowUserVariables;
        UseAffectedRows = builder.UseAffectedRows;
        TreatTinyAsBoolean = builder.TreatTinyAsBoolean;
        ConvertZeroDateTime = builder.ConvertZeroDateTime;
        IgnoreCommandTransaction = builder.IgnoreCommandTransaction;
        DateTimeKind = (DateTimeKind)builder.DateTimeKind;
        ReadsGuids = builder.GuidFormat != MariaDbGuidFormat.None;
        if (MinimumPoolSize > MaximumPoolSize) throw new ArgumentException("Minimum Pool Size is larger than Maximum Pool Size.");
        if (SslMode == MariaDbSslMode.VerifyCA && SslCa.Length == 0) throw new ArgumentException("SSL Mode=VerifyCA needs an authority in SSL CA.");
        if (SslCert.Length == 0 != (SslKey.Length == 0)) throw new ArgumentException("SSL Cert and SSL Key are given both or neither.");

        if (!builder.PersistSecurityInfo) builder.Remove(ConnectionOption.Password.Name);
        DisplayString = builder.ConnectionString;
    }

    /// <summary>As given, password included.</summary>
    public string ConnectionString { get; }

    /// <summary>What an opened connection tells: without the password, unless asked to keep it.</summary>
    public string DisplayString { get; }

    public bool IsUnixSocket { get; }

    public string Server { get; }

    public int Port { get; }

    public string UserId { get; }

    public string Password { get; }

    public string Database { get; }

    public MariaDbSslMode SslMode { get; }

    public string SslCa { get; }

    public string SslCert { get; }

    public string SslKey { get; }

    public string TlsVersion { get; }

    public string ApplicationName { get; }

    public TimeSpan ConnectTimeout { get; }

    public int CommandTimeoutSeconds { get; }

    public TimeSpan CancellationTimeout { get; }

    public bool Pooling { get; }

    public int MinimumPoolSize { get; }

    public int MaximumPoolSize { get; }

    public TimeSpan Lifetime { get; }

    public TimeSpan IdleTimeout { get; }

    public bool ConnectionReset { get; }

    public bool AllowUserVariables { get; }

    public bool UseAffectedRows { get; }

    public bool TreatTinyAsBoolean { get; }

    public bool ConvertZeroDateTime { get; }

    public bool IgnoreCommandTransaction { get; }

    public DateTimeKind DateTimeKind { get; }

    public bool ReadsGuids { get; }

    private static TimeSpan Seconds(int seconds) => seconds == 0 ? Forever : TimeSpan.FromSeconds(seconds);

    /// <summary>"TLS 1.2, Tls13" to the library's "TLSv1.2,TLSv1.3".</summary>
    private static string NativeTlsVersion(string versions)
    {
        if (versions.Length == 0) return "";
        var names = versions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static version =>
            version.ToLowerInvariant().Replace(" ", "", StringComparison.Ordinal).Replace("v", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal) switch
            {
                "tls12" => "TLSv1.2",
                "tls13" => "TLSv1.3",
                _ => throw new ArgumentException($"The connection string keyword 'TLS Version' takes TLS 1.2 and TLS 1.3, not '{version}'."),
            });
        return string.Join(',', names);
    }
}
