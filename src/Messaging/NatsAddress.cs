namespace Scheduler.Messaging;

/// <summary>Address of one server, with its credentials.</summary>
/// <param name="TlsName">The name that its certificate must have.</param>
internal sealed record NatsAddress(string Scheme, string Host, int Port, string? User, string? Password, string TlsName)
{
    private const int DefaultPort = 4222;

    /// <summary>For logs and the library: without user and password.</summary>
    public string Url => $"{Scheme}://{Host}:{Port}";

    public bool WantsTls => Scheme == "tls";

    /// <param name="url">User and password in it take precedence over those for all servers.</param>
    public static NatsAddress From(Uri url, string? user, string? password)
    {
        var credentials = url.UserInfo.Split(':', 2);
        return new NatsAddress(
            url.Scheme,
            url.Host,
            url.Port > 0 ? url.Port : DefaultPort,
            credentials[0].Length > 0 ? Uri.UnescapeDataString(credentials[0]) : user,
            credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : password,
            url.Host
        );
    }

    /// <summary>Another member of this server's cluster, as announced by the server; null if the text is not <c>host:port</c>.</summary>
    public NatsAddress? Peer(string address)
    {
        if (!Uri.TryCreate($"{Scheme}://{address}", UriKind.Absolute, out var url) || url.Host.Length == 0 || url.UserInfo.Length > 0)
            return null;
        // Clusters announce their members by IP address, which certificates seldom contain.
        var isNamed = url.HostNameType == UriHostNameType.Dns || Uri.CheckHostName(TlsName) != UriHostNameType.Dns;
        return this with { Host = url.Host, Port = url.Port > 0 ? url.Port : DefaultPort, TlsName = isNamed ? url.Host : TlsName };
    }

    public bool IsAt(NatsAddress other) => Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);
}
