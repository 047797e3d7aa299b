using System.Globalization;

namespace Scheduler.MariaDb;

/// <summary>One keyword of the connection string: its names, its default and the check of its value.</summary>
internal sealed class ConnectionOption
{
    private static readonly Dictionary<string, ConnectionOption> ByName = new(StringComparer.OrdinalIgnoreCase);

    public static readonly ConnectionOption Server = Text("Server", "localhost", "Host", "Data Source", "DataSource", "Address", "Addr", "Network Address");
    public static readonly ConnectionOption Port = Number("Port", 3306, 1, 65535);
    public static readonly ConnectionOption UserId = Text("User ID", "", "UserID", "Username", "Uid", "User name", "User");
    public static readonly ConnectionOption Password = Text("Password", "", "pwd");
    public static readonly ConnectionOption Database = Text("Database", "", "Initial Catalog");
    public static readonly ConnectionOption Protocol = Choice("Connection Protocol", MariaDbConnectionProtocol.Socket, "ConnectionProtocol", "Protocol");
    public static readonly ConnectionOption SslMode = Choice("SSL Mode", MariaDbSslMode.Preferred, "SslMode");
    public static readonly ConnectionOption SslCa = Text("SSL CA", "", "SslCa", "CA Certificate File", "CACertificateFile");
    public static readonly ConnectionOption SslCert = Text("SSL Cert", "", "SslCert");
    public static readonly ConnectionOption SslKey = Text("SSL Key", "", "SslKey");
    public static readonly ConnectionOption TlsVersion = Text("TLS Version", "", "TlsVersion", "Tls-Version");
    public static readonly ConnectionOption ConnectionTimeout = Number("Connection Timeout", 15, 0, 86400, "ConnectionTimeout", "Connect Timeout");
    public static readonly ConnectionOption CommandTimeout = Number("Default Command Timeout", 30, 0, int.MaxValue / 1000, "DefaultCommandTimeout", "Command Timeout");
    public static readonly ConnectionOption CancellationTimeout = Number("Cancellation Timeout", 2, 1, 3600, "CancellationTimeout");
    public static readonly ConnectionOption Pooling = Flag("Pooling", true);
    public static readonly ConnectionOption MinimumPoolSize = Number("Minimum Pool Size", 0, 0, int.MaxValue, "Min Pool Size", "MinimumPoolSize", "minpoolsize");
    public static readonly ConnectionOption MaximumPoolSize = Number("Maximum Pool Size", 100, 1, 100_000, "Max Pool Size", "MaximumPoolSize", "maxpoolsize");
    public static readonly ConnectionOption Lifetime = Number("Connection Lifetime", 0, 0, int.MaxValue / 1000, "ConnectionLifeTime");
    public static readonly ConnectionOption IdleTimeout = Number("Connection Idle Timeout", 180, 0, int.MaxValue / 1000, "ConnectionIdleTimeout");
    public static readonly ConnectionOption ConnectionReset = Flag("Connection Reset", true, "ConnectionReset");
    public static readonly ConnectionOption AllowUserVariables = Flag("Allow User Variables", false, "AllowUserVariables");
    public static readonly ConnectionOption UseAffectedRows = Flag("Use Affected Rows", false, "UseAffectedRows");
    public static readonly ConnectionOption TreatTinyAsBoolean = Flag("Treat Tiny As Boolean", true, "TreatTinyAsBoolean");
    public static readonly ConnectionOption ConvertZeroDateTime = Flag("Convert Zero DateTime", false, "ConvertZeroDateTime");
    public static readonly ConnectionOption IgnoreCommandTransaction = Flag("Ignore Command Transaction", false, "IgnoreCommandTransaction");
    public static readonly ConnectionOption PersistSecurityInfo = Flag("Persist Security Info", false, "PersistSecurityInfo");
    public static readonly ConnectionOption DateTimeKind = Choice("DateTime Kind", MariaDbDateTimeKind.Unspecified, "DateTimeKind");
    public static readonly ConnectionOption GuidFormat = Choice("GUID Format", MariaDbGuidFormat.Default, "GuidFormat");
    public static readonly ConnectionOption ApplicationName = Text("Application Name", "", "ApplicationName");

    private readonly Func<string, object?> _parse;

    private ConnectionOption(string name, object defaultValue, string accepts, Func<string, object?> parse, string[] otherNames)
    {
        Name = name;
        Default = defaultValue;
        Accepts = accepts;
        _parse = parse;
        ByName.Add(name, this);
        foreach (var other in otherNames) ByName.Add(other, this);
    }

    public string Name { get; }

    public object Default { get; }

    private string Accepts { get; }

    /// <exception cref="ArgumentException">There is no such keyword.</exception>
    public static ConnectionOption Find(string keyword) => ByName.TryGetValue(keyword, out var option)
        ? option
        : throw new ArgumentException($"The connection string keyword '{keyword}' is not known.", nameof(keyword));

    public static bool TryFind(string keyword, out ConnectionOption? option) => ByName.TryGetValue(keyword, out option);

    /// <exception cref="ArgumentException">The value is not one that the keyword takes.</exception>
    public object Parse(object value) =>
        _parse(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
        ?? throw new ArgumentException($"The connection string keyword '{Name}' takes {Accepts}.", Name);

    private static ConnectionOption Text(string name, string defaultValue, params string[] otherNames) =>
        new(name, defaultValue, "text", static value => value, otherNames);

    private static ConnectionOption Number(string name, int defaultValue, int least, int most, params string[] otherNames) =>
        new(
            name,
            defaultValue,
            $"a whole number from {least} to {most}",
            value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : null,
            otherNames);

    private static ConnectionOption Flag(string name, bool defaultValue, params string[] otherNames) =>
        new(
            name,
            defaultValue,
            "true or false",
            static value => value.ToLowerInvariant() switch
            {
                "true" or "yes" or "1" => true,
                "false" or "no" or "0" => false,
                _ => null,
            },
            otherNames);

    private static ConnectionOption Choice<T>(string name, T defaultValue, params string[] otherNames)
        where T : struct, Enum =>
        new(
            name,
            defaultValue,
            $"one of {string.Join(", ", Enum.GetNames<T>())}",
            static value => value.Length > 0 && char.IsLetter(value[0]) && Enum.TryParse<T>(value, ignoreCase: true, out var member) ? member : null,
            otherNames);
}
