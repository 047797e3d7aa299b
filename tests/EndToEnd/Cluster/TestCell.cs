using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>One cell of the cluster: a host, and a directory that outlives its rep.</summary>
internal sealed record TestCell(string Id, string Zone, CellHost Host, string StateDirectory)
{
    /// <summary>The containers on the host, according to its disk.</summary>
    public IReadOnlyList<string> ContainerGuids()
    {
        var containers = new DirectoryInfo(new CellPaths(StateDirectory, "/scheduler").Containers);
        return containers.Exists ? [.. containers.EnumerateDirectories().Select(container => container.Name).Order()] : [];
    }
}
