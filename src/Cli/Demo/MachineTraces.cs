using System.Diagnostics;
using Scheduler.Cli.Node;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Cli.Demo;

/// <summary>Finds resources of containers left on the machine. Only those of this node: others may run on the same machine.</summary>
internal static class MachineTraces
{
    /// <param name="directory">The cells' container directory; mounts, namespaces (which are mounts) and processes contain its
    /// path.</param>
    /// <param name="cells">What they had on the machine: packet filter rules contain a bridge's name, and processes that an engine starts
    /// for a container are in the cell's control group, or are named like it.</param>
    public static async Task<IReadOnlyList<string>> LeftAsync(
        string directory,
        IReadOnlyList<CellTraces> cells,
        CancellationToken cancellationToken
    )
    {
        var left = new List<string>();
        foreach (var mount in File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]))
            if (mount.StartsWith(directory, StringComparison.Ordinal))
                left.Add($"mount {mount}");
        foreach (var process in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(process), out var id) && id != Environment.ProcessId && IsOf(process, directory, cells))
                left.Add($"process {id} {Read(process, "cmdline")}");
        var cgroups = Cgroups.Detect();
        foreach (var group in cells.SelectMany(cell => cgroups.Directories(cell.Cgroup)).Where(Directory.Exists))
            left.Add($"control group {group}");
        IReadOnlyList<string> bridges = [.. cells.Select(cell => cell.Bridge)];
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

    private static bool IsOf(string process, string directory, IReadOnlyList<CellTraces> cells)
    {
        var (command, group) = (Read(process, "cmdline"), Read(process, "cgroup"));
        // What has ended and only waits to be reaped has no command line any more.
        return command.Length > 0
            && (
                command.Contains(directory, StringComparison.Ordinal)
                || cells.Any(cell =>
                    group.Contains(cell.Cgroup, StringComparison.Ordinal)
                    || command.Contains(Path.GetFileName(cell.Cgroup) + "-", StringComparison.Ordinal)
                )
            );
    }

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText($"{process}/{file}").Replace('\0', ' ');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The process has ended in the meantime.
            return "";
        }
    }
}
