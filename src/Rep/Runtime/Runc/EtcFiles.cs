using System.Net;
using System.Net.Sockets;
using System.Text;
using Scheduler.Rep.Networking;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The three files in /etc that depend on where a container runs.</summary>
internal static class EtcFiles
{
    public const string Hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

    public static string HostLine(string address, string hostname) => $"{address}\t{hostname}\n";

    /// <summary>What the operator says, completed by the host's name servers that a container can reach.</summary>
    /// <param name="host">The host's resolv.conf, then other files to read if it names no reachable server.</param>
    public static string ResolvConf(ResolverSettings wanted, IEnumerable<string> host)
    {
        var isOwn = wanted.Servers.Count > 0;
        IReadOnlyList<string[]> ofHost = isOwn ? [] : host.Select(Lines).FirstOrDefault(lines => lines.Any(IsReachableServer)) ?? [];
        var text = new StringBuilder();
        foreach (var server in wanted.Servers)
            text.Append("nameserver ").Append(server).Append('\n');
        foreach (var line in ofHost.Where(line => IsKept(line, wanted)))
            text.AppendJoin(' ', line).Append('\n');
        if (wanted.Search.Count > 0)
            text.Append("search ").AppendJoin(' ', wanted.Search).Append('\n');
        if (wanted.Options.Count > 0)
            text.Append("options ").AppendJoin(' ', wanted.Options).Append('\n');
        return text.ToString();
    }

    /// <summary>The same for a container, which can name its own servers.</summary>
    /// <param name="ofCell">The cell's settings.</param>
    public static string ResolvConf(ContainerSpec spec, ResolverSettings ofCell) =>
        ResolvConf(spec.DnsServers.Count > 0 ? ResolverSettings.OfHost with { Servers = spec.DnsServers } : ofCell, OfHost());

    /// <summary>The host's files. systemd-resolved keeps the servers behind its stub on 127.0.0.53 in the second one.</summary>
    public static IEnumerable<string> OfHost() =>
        ((string[])["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]).Where(File.Exists).Select(File.ReadAllText);

    /// <summary>The IPv4 name servers in a file; containers have no IPv6.</summary>
    public static IReadOnlyList<IPAddress> Servers(string resolvConf) =>
        [
            .. resolvConf
                .Split('\n')
                .Select(line => Server(Words(line)))
                .OfType<IPAddress>()
                .Where(address => address.AddressFamily == AddressFamily.InterNetwork)
                .Distinct(),
        ];

    private static bool IsKept(string[] line, ResolverSettings wanted) =>
        line[0] switch
        {
            "nameserver" => IsReachableServer(line),
            "search" or "domain" => wanted.Search.Count == 0,
            "options" => wanted.Options.Count == 0,
            _ => true,
        };

    private static bool IsReachableServer(string[] line) => Server(line) is { } address && ResolverSettings.IsReachable(address);

    private static List<string[]> Lines(string file) =>
        [.. file.Split('\n').Select(Words).Where(line => line is [not ['#' or ';', ..], ..])];

    private static string[] Words(string line) =>
        line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IPAddress? Server(string[] line) =>
        line is ["nameserver", var server, ..] && IPAddress.TryParse(server, out var address) ? address : null;
}
