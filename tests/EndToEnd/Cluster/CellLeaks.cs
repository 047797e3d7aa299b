using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Finds resources on a cell's machine that belong to none of its containers, while the cell runs.</summary>
internal static class CellLeaks
{
    private const string Leases = "/run/scheduler/leases";

    /// <returns>Mounts, processes, control groups, interfaces and leases, as text for people.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(TestCell cell, int rep)
    {
        var paths = new CellPaths(cell.StateDirectory, "/scheduler");
        HashSet<string> containers = [.. cell.ContainerGuids()];
        HashSet<string> sandboxes = [.. Directory.GetDirectories(paths.Sandboxes).Select(directory => Path.GetFileName(directory))];
        HashSet<string> known = [.. containers, .. sandboxes];
        var leaks = new List<string>();
        leaks.AddRange(
            File.ReadLines("/proc/self/mountinfo")
                .Select(line => line.Split(' ')[4])
                .Where(path =>
                    path.StartsWith(cell.StateDirectory + "/", StringComparison.Ordinal) && !IsOwned(path[cell.StateDirectory.Length..])
                )
                .Select(path => $"mount {path}")
        );
        leaks.AddRange(
            CellProcesses
                .Find(cell.StateDirectory)
                .Where(id => id != rep)
                .Select(id => (Id: id, About: CellProcesses.CommandLine(id) + CellProcesses.Group(id)))
                .Where(process => process.About.Length > 0 && !known.Any(name => process.About.Contains(name, StringComparison.Ordinal)))
                .Select(process => $"process {process.Id} {process.About}")
        );
        foreach (var tree in Directory.GetDirectories("/sys/fs/cgroup").Select(tree => tree + paths.Cgroup).Where(Directory.Exists))
            leaks.AddRange(Directory.GetDirectories(tree).Where(group => !containers.Contains(Path.GetFileName(group))));

        var links = (await Shell.RunAsync("ip", "-n", cell.Host.Namespace, "-oneline", "link", "show", "type", "veth"))
            .Split('\n')
            .Count(line => line.Contains(" master ", StringComparison.Ordinal));
        if (links > sandboxes.Count)
            leaks.Add($"{links} interfaces for {sandboxes.Count} sandboxes");
        var addresses = Directory.EnumerateFiles(paths.Network, "10.*", SearchOption.AllDirectories).Count();
        if (addresses > sandboxes.Count)
            leaks.Add($"{addresses} addresses for {sandboxes.Count} sandboxes");
        if (sandboxes.Count > containers.Count + new RuntimeOptions().SpareSandboxes)
            leaks.Add($"{sandboxes.Count} sandboxes for {containers.Count} containers");
        leaks.AddRange(
            Directory
                .EnumerateFiles(Leases, "*", SearchOption.AllDirectories)
                .Select(lease => (Lease: lease, Owner: ReadOwner(lease)))
                .Where(held => held.Owner.StartsWith(cell.StateDirectory + "/", StringComparison.Ordinal) && !Path.Exists(held.Owner))
                .Select(held => $"lease {held.Lease} of {held.Owner}")
        );
        return leaks;

        bool IsOwned(string path) => path.Split('/').Any(known.Contains);
    }

    private static string ReadOwner(string lease)
    {
        try
        {
            return File.ReadAllText(lease);
        }
        catch (IOException)
        {
            return ""; // released meanwhile
        }
    }
}
