using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Finds resources of a cluster that has been removed.</summary>
internal static class Leftovers
{
    private const string Cgroups = "/sys/fs/cgroup";

    /// <returns>Mounts, processes and control groups, as text for people.</returns>
    public static IReadOnlyList<string> Of(string directory, IEnumerable<TestCell> cells)
    {
        var left = File.ReadLines("/proc/self/mountinfo")
            .Where(line => line.Contains(directory, StringComparison.Ordinal))
            .Select(line => $"mount {line}")
            .ToList();
        foreach (var cell in cells)
        {
            left.AddRange(CellProcesses.Find(cell.StateDirectory).Select(id => $"process {id} {CellProcesses.CommandLine(id)}"));
            var group = new CellPaths(cell.StateDirectory, "/scheduler").Cgroup;
            // Version 1 has one tree per controller, version 2 one for all.
            left.AddRange(
                Directory
                    .GetDirectories(Cgroups)
                    .Prepend(Cgroups)
                    .Select(tree => tree + group)
                    .Where(Directory.Exists)
                    .Select(path => $"cgroup {path}")
            );
        }

        return left;
    }
}
