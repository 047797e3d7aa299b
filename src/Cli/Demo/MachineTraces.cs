using System.Diagnostics;

namespace Scheduler.Cli.Demo;

/// <summary>Finds resources of containers left on the machine. Only those of this node: others may run on the same machine.</summary>
internal static class MachineTraces
{
    /// <param name="directory">The cells' container directory; mounts, namespaces (which are mounts) and processes contain its
    /// path.</param>
    /// <param name="bridges">The cells' bridges; packet filter rules contain their names.</param>
    public static async Task<IReadOnlyList<string>> LeftAsync(
        string directory,
        IReadOnlyList<string> bridges,
        CancellationToken cancellationToken
    )
    {
        var left = new List<string>();
        foreach (var mount in File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]))
            if (mount.StartsWith(directory, StringComparison.Ordinal))
                left.Add($"mount {mount}");
        foreach (var process in Directory.EnumerateDirectories("/proc"))
            if (
                int.TryParse(Path.GetFileName(process), out var id)
                && id != Environment.ProcessId
                && CommandLineOf(process).Contains(directory, StringComparison.Ordinal)
            )
                left.Add($"process {id} {CommandLineOf(process)}");
        foreach (var bridge in bridges.Where(bridge => Directory.Exists($"/sys/class/net/{bridge}")))
            left.Add($"bridge {bridge}");
        foreach (
            var rule in (string[])
                [
                    .. await LinesAsync("iptables-save", [], cancellationToken),
                    .. await LinesAsync("nft", ["list", "tables"], cancellationToken),
                ]
        )
            if (bridges.Any(bridge => rule.Contains(bridge, StringComparison.Ordinal)))
                left.Add($"packet filter rule {rule}");
        return left;
    }

    private static async Task<string[]> LinesAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var lines = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return lines.Split('\n');
    }

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline").Replace('\0', ' ');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The process has ended in the meantime.
            return "";
        }
    }
}
