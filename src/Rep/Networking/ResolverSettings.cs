using System.Net;
using System.Net.Sockets;

namespace Scheduler.Rep.Networking;

/// <summary>How containers look up names, as far as the operator says; what is empty comes from the host.</summary>
/// <param name="Servers">Addresses of name servers.</param>
/// <param name="Search">Domains in which short names are looked up.</param>
/// <param name="Options">Options of the resolver, such as <c>ndots:2</c>.</param>
internal sealed record ResolverSettings(IReadOnlyList<string> Servers, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    /// <summary>The C library reads no more.</summary>
    public const int MostServers = 3;

    public const int MostDomains = 32,
        MostOptions = 16;

    private const int LongestDomain = 253,
        LongestOption = 64;

    public static readonly ResolverSettings OfHost = new([], [], []);

    public static ResolverSettings Of(NetworkOptions options) => new(options.DnsServers, options.DnsSearch, options.DnsOptions);

    /// <summary>Whether a container can reach a name server at the address: it has its own loopback, and no IPv6.</summary>
    public static bool IsReachable(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any);

    /// <summary>Whether the text is written as an address that a container can reach.</summary>
    public static bool IsServer(string text) =>
        IPAddress.TryParse(text, out var address) && address.ToString() == text && IsReachable(address);

    /// <summary>A domain name, or <c>.</c> for none.</summary>
    public static bool IsDomain(string text) =>
        text.Length is > 0 and <= LongestDomain && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    public static bool IsOption(string text) =>
        text.Length is > 0 and <= LongestOption && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or ':');
}
