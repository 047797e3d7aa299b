using System.Text;

namespace Scheduler.MariaDb.Native;

/// <summary>Turns settings into an open native connection. Blocks for as long as that takes.</summary>
internal static unsafe class NativeConnect
{
    private const uint FoundRows = 1 << 1;
    private const uint MultiStatements = 1 << 16;
    private const uint MultiResults = 1 << 17;
    private const uint ProtocolTcp = 1;
    private const uint ProtocolUnixSocket = 2;

    /// <summary>
    /// Methods that never put the password itself on the wire outside of TLS. Without the restriction a false server could ask for the
    /// clear-text method and be told.
    /// </summary>
    private const string SafeAuthentication = "mysql_native_password,caching_sha2_password,client_ed25519,parsec";

    /// <param name="settings">Where to and as whom.</param>
    /// <param name="timeout">For each step of connecting: the TCP connection and every answer up to the end of the authentication.</param>
    /// <exception cref="MariaDbException">The server cannot be reached, refuses, or is not as safe as the settings ask.</exception>
    public static MySqlHandle Open(ConnectionSettings settings, TimeSpan timeout)
    {
        var mysql = MySqlHandle.Create();
        try
        {
            Configure(mysql, settings, timeout);
            var flags = MultiStatements | MultiResults | (settings.UseAffectedRows ? 0 : FoundRows);
            var connected = LibMariaDb.mysql_real_connect(
                mysql,
                settings.IsUnixSocket ? null : settings.Server,
                settings.UserId,
                settings.Password,
                settings.Database.Length == 0 ? null : settings.Database,
                settings.IsUnixSocket ? 0 : (uint)settings.Port,
                settings.IsUnixSocket ? settings.Server : null,
                flags);
            if (connected == 0) throw NativeError.Read(mysql, hideValues: false);
            mysql.KeepSocket();

            // The library itself goes on without TLS when the server has none, unless it is to verify the host.
            if (settings.SslMode >= MariaDbSslMode.Required && LibMariaDb.mysql_get_ssl_cipher(mysql) == 0)
                throw new MariaDbException($"SSL Mode={settings.SslMode} needs TLS, and the server does not support it.", MariaDbErrors.TlsError, "HY000");
            return mysql;
        }
        catch
        {
            mysql.Dispose();
            throw;
        }
    }

    private static void Configure(MySqlHandle mysql, ConnectionSettings settings, TimeSpan timeout)
    {
        if (timeout != Timeout.InfiniteTimeSpan) Set(mysql, NativeOption.ConnectTimeout, (uint)Math.Max(1, Math.Ceiling(timeout.TotalSeconds)));
        Set(mysql, NativeOption.Protocol, settings.IsUnixSocket ? ProtocolUnixSocket : ProtocolTcp);
        Set(mysql, NativeOption.LocalInfile, 0u);
        Set(mysql, NativeOption.MaxAllowedPacket, (nuint)(1 << 30));
        Set(mysql, NativeOption.CharsetName, "utf8mb4");
        if (settings.ApplicationName.Length > 0) SetAttribute(mysql, "program_name", settings.ApplicationName);

        // Newer libraries verify by default, so "no" is said as well as "yes".
        Set(mysql, NativeOption.VerifyServerCertificate, settings.SslMode == MariaDbSslMode.VerifyFull);
        Set(mysql, NativeOption.UseTls, settings.SslMode != MariaDbSslMode.None);
        if (settings.SslMode < MariaDbSslMode.VerifyCA) Set(mysql, NativeOption.RestrictedAuthentication, SafeAuthentication);
        if (settings.SslMode == MariaDbSslMode.None) return;
        SetFile(mysql, NativeOption.SslCa, settings.SslCa, ConnectionOption.SslCa);
        SetFile(mysql, NativeOption.SslCertificate, settings.SslCert, ConnectionOption.SslCert);
        SetFile(mysql, NativeOption.SslKey, settings.SslKey, ConnectionOption.SslKey);
        if (settings.TlsVersion.Length > 0) Set(mysql, NativeOption.TlsVersion, settings.TlsVersion);
    }

    private static void SetFile(MySqlHandle mysql, NativeOption option, string path, ConnectionOption keyword)
    {
        if (path.Length == 0) return;
        // A library that cannot read the authority's file might go on without one.
        if (!File.Exists(path)) throw new ArgumentException($"The file of the connection string keyword '{keyword.Name}' does not exist: {path}");
        Set(mysql, option, path);
    }

    private static void Set<T>(MySqlHandle mysql, NativeOption option, T value)
        where T : unmanaged => LibMariaDb.mysql_options(mysql, option, &value);

    private static void Set(MySqlHandle mysql, NativeOption option, string value)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(value + '\0')) LibMariaDb.mysql_options(mysql, option, bytes);
    }

    private static void SetAttribute(MySqlHandle mysql, string key, string value)
    {
        fixed (byte* keyBytes = Encoding.UTF8.GetBytes(key + '\0'), valueBytes = Encoding.UTF8.GetBytes(value + '\0'))
            LibMariaDb.mysql_options4(mysql, NativeOption.ConnectAttributeAdd, keyBytes, valueBytes);
    }
}
