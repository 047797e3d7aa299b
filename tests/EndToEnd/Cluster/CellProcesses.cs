using System.Diagnostics;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Finds every process of a cell: those in its cgroup, and supervisors that name its directory.</summary>
internal static class CellProcesses
{
    public static void KillAll(string stateDirectory) => Kill(Find(stateDirectory));

    /// <summary>Kills the processes in one container, and nothing else.</summary>
    public static void KillContainer(string stateDirectory, string handle) =>
        Kill(FindBelow(new CellPaths(stateDirectory, "/scheduler").Container(handle).Cgroup, null));

    public static IReadOnlyList<int> Find(string stateDirectory) =>
        FindBelow(new CellPaths(stateDirectory, "/scheduler").Cgroup, stateDirectory);

    public static string CommandLine(int id) => Read($"/proc/{id}/cmdline").Replace('\0', ' ');

    public static string Group(int id) => Read($"/proc/{id}/cgroup");

    private static void Kill(IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
        {
            try
            {
                Process.GetProcessById(id).Kill();
            }
            catch (ArgumentException)
            {
                // The process has ended in the meantime.
            }
        }
    }

    private static IReadOnlyList<int> FindBelow(string cgroup, string? named)
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(directory), out var id)
                && (Read($"{directory}/cgroup").Contains(cgroup) || (named is not null && Names(CommandLine(id), named, cgroup)))
            )
                found.Add(id);
        }

        return found;
    }

    /// <summary>The first processes of sandboxes have a name that begins like the cell's cgroup.</summary>
    private static bool Names(string commandLine, string directory, string cgroup) =>
        commandLine.Contains(directory) || commandLine.Contains(Path.GetFileName(cgroup) + "-");

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
