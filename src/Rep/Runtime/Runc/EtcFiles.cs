using System.Net;
using System.Net.Sockets;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The three files in /etc that depend on where a container runs.</summary>
internal static class EtcFiles
{
    public const string Hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

    public static string HostLine(string address, string hostname) => $"{address}\t{hostname}\n";

    /// <summary>Leaves out name servers on the host's loopback, which a container cannot reach.</summary>
    /// <param name="host">The host's resolv.conf, then other files to read if it names no reachable server.</param>
    public static string ResolvConf(IReadOnlyList<string> servers, IEnumerable<string> host)
    {
        if (servers.Count > 0)
            return string.Concat(servers.Select(server => $"nameserver {server}\n"));
        foreach (var file in host)
        {
            var lines = file.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')).ToList();
            if (lines.Any(IsReachableServer))
                return string.Concat(
                    lines
                        .Where(line => !line.StartsWith("nameserver", StringComparison.Ordinal) || IsReachableServer(line))
                        .Select(line => line + "\n")
                );
        }

        return "";
    }

    /// <summary>The host's files. systemd-resolved keeps the servers behind its stub on 127.0.0.53 in the second one.</summary>
    public static IEnumerable<string> OfHost() =>
        ((string[])["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"]).Where(File.Exists).Select(File.ReadAllText);

    /// <summary>The IPv4 name servers in a file; containers have no IPv6.</summary>
    public static IReadOnlyList<IPAddress> Servers(string resolvConf) =>
        [
            .. resolvConf
                .Split('\n')
                .Select(Server)
                .OfType<IPAddress>()
                .Where(address => address.AddressFamily == AddressFamily.InterNetwork)
                .Distinct(),
        ];

    private static bool IsReachableServer(string line) => Server(line) is { } address && !IPAddress.IsLoopback(address);

    private static IPAddress? Server(string line) =>
        line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is ["nameserver", var server, ..]
        && IPAddress.TryParse(server, out var address)
            ? address
            : null;
}
