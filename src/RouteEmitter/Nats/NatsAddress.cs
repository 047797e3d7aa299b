namespace Scheduler.RouteEmitter.Nats;

/// <summary>One server to try, with what to show to it.</summary>
/// <param name="TlsName">Whose certificate it has to have.</param>
internal sealed record NatsAddress(string Scheme, string Host, int Port, string? User, string? Password, string TlsName)
{
    private const int DefaultPort = 4222;

    /// <summary>As logs and the library may show it: without user and password.</summary>
    public string Url => $"{Scheme}://{Host}:{Port}";

    public bool WantsTls => Scheme == "tls";

    /// <param name="url">Its user and password go before those for all servers.</param>
    public static NatsAddress From(Uri url, string? user, string? password)
    {
        var credentials = url.UserInfo.Split(':', 2);
        return new NatsAddress(
            url.Scheme,
            url.Host,
            url.Port > 0 ? url.Port : DefaultPort,
            credentials[0].Length > 0 ? Uri.UnescapeDataString(credentials[0]) : user,
            credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : password,
            url.Host);
    }

    /// <summary>Another member of this server's cluster, as this one told of it; null when that is no <c>host:port</c>.</summary>
    public NatsAddress? Peer(string address)
    {
        if (!Uri.TryCreate($"{Scheme}://{address}", UriKind.Absolute, out var url) || url.Host.Length == 0 || url.UserInfo.Length > 0)
            return null;
        // Clusters tell of their members by IP address, which their certificates seldom name.
        var isNamed = url.HostNameType == UriHostNameType.Dns || Uri.CheckHostName(TlsName) != UriHostNameType.Dns;
        return this with { Host = url.Host, Port = url.Port > 0 ? url.Port : DefaultPort, TlsName = isNamed ? url.Host : TlsName };
    }

    public bool IsAt(NatsAddress other) => Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);
}
