using System.Net;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The three files of /etc that depend on where a container runs.</summary>
internal static class EtcFiles
{
    public const string Hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

    public static string HostLine(IPAddress address, string hostname) => $"{address}\t{hostname}\n";

    /// <summary>Name servers on the host's loopback cannot be reached from a container, so they are left out.</summary>
    /// <param name="host">The host's resolv.conf, then others to look into when it names no reachable server.</param>
    public static string ResolvConf(IReadOnlyList<string> servers, IEnumerable<string> host)
    {
        if (servers.Count > 0) return string.Concat(servers.Select(server => $"nameserver {server}\n"));
        foreach (var file in host)
        {
            var lines = file.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')).ToList();
            if (lines.Any(IsReachableServer)) return string.Concat(lines.Where(line => !line.StartsWith("nameserver", StringComparison.Ordinal) || IsReachableServer(line)).Select(line => line + "\n"));
        }

        return "";
    }

    private static bool IsReachableServer(string line) =>
        line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is ["nameserver", var server, ..] && IPAddress.TryParse(server, out var address) && !IPAddress.IsLoopback(address);
}
