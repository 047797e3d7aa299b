using System.Diagnostics;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Every process that belongs to a cell: those in its cgroup, and supervisors that name its folder.</summary>
internal static class CellProcesses
{
    public static void KillAll(string stateDirectory)
    {
        foreach (var id in Find(stateDirectory))
        {
            try
            {
                Process.GetProcessById(id).Kill();
            }
            catch (ArgumentException)
            {
                // It ended meanwhile.
            }
        }
    }

    public static IReadOnlyList<int> Find(string stateDirectory)
    {
        var cgroup = new CellPaths(stateDirectory, "/scheduler").Cgroup;
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var id)
                && (Read($"{directory}/cgroup").Contains(cgroup) || Read($"{directory}/cmdline").Contains(stateDirectory)))
                found.Add(id);
        }

        return found;
    }

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
