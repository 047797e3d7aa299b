using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>
/// Destroys a container, complete or partial. Each step succeeds if there is nothing to do, so an interrupted destruction can be started
/// again and completed.
/// </summary>
internal sealed class DockerDestroyer(DockerCell cell)
{
    /// <param name="container">Null: the engine does not have it, but the cell still has files of it.</param>
    public async Task DestroyAsync(string handle, EngineContainer? container, CancellationToken cancellation)
    {
        var remains = new ContainerRemains(cell.Tools);
        var paths = container?.Paths ?? cell.Paths.Container(handle);
        await cell.Containers.RemoveAsync(handle, cancellation);
        if (!await remains.EndSupervisorsAsync(handle, paths, cancellation) && container is not null)
        {
            await remains.EndCallsAsync(container.Record.RuncId, cancellation);
            await remains.EmptyCgroupAsync(handle, paths, cancellation);
        }

        if (container is not null)
            cell.Ports.Release(container.Record.Ports.Select(port => port.HostPort), paths.Root);
        foreach (var mount in Mounts.Below(paths.Root))
            Mounts.Remove(mount);
        if (container is not null)
            await remains.UntilAsync(
                () => cell.Tools.Cgroups.TryRemoveWithTracking(paths.Cgroup),
                $"cgroup {paths.Cgroup} of container {handle} did not empty",
                cancellation
            );
        await remains.DeleteFilesAsync(paths, cancellation);
    }
}
