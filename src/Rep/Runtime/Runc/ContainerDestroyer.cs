using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Destroys a container, complete or partial. Each step succeeds if there is nothing to do, and the record is removed last, so an
/// interrupted destruction can be started again and completed.
/// </summary>
internal sealed class ContainerDestroyer(CellMachine machine, SandboxMaker sandboxes, IContainerEngine engine)
{
    private readonly ContainerRemains _remains = new(machine);

    public async Task DestroyAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        var record = RecordFile.Read(paths.Record, RecordJson.Default.ContainerRecord);
        IReadOnlyList<PortMapping> ports = record?.Ports ?? [];

        // In parallel: the plugins take as long as runc, and neither depends on what the other removes.
        await Task.WhenAll(
            KillAsync(handle, paths, record, cancellation),
            machine.Network.DetachAsync(handle, record?.Sandbox ?? handle, cancellation)
        );
        if (!await _remains.EndSupervisorsAsync(handle, paths, cancellation) || record is not { Complete: true })
        {
            await _remains.EndCallsAsync(engine.NameOf(handle), cancellation);
            await _remains.EmptyCgroupAsync(handle, paths, cancellation);
        }

        machine.Network.Ports.Release(ports.Select(port => port.HostPort), paths.Root);

        if (record?.Sandbox is { } sandbox)
            sandboxes.Forget(sandbox);
        else if (record?.Users is { } users)
            machine.Users?.Release(users, paths.Root);

        foreach (var mount in Mounts.Below(paths.Root))
            Mounts.Remove(mount);
        machine.Disks.Release(paths);
        await _remains.UntilAsync(
            () => machine.Cgroups.TryRemoveWithTracking(paths.Cgroup),
            $"cgroup {paths.Cgroup} of container {handle} did not empty",
            cancellation
        );
        await _remains.DeleteFilesAsync(paths, cancellation);
    }

    /// <summary>Kills the first process; the kernel then kills all other processes in its pid namespace.</summary>
    private async Task KillAsync(string handle, ContainerPaths paths, ContainerRecord? record, CancellationToken cancellation)
    {
        if (record?.Holder is { Pid: > 0 } holder && Native.Signal(holder, (int)ProcessSignal.Kill))
            await _remains.UntilAsync(() => !holder.IsAlive(), $"the first process of container {handle} did not exit", cancellation);

        await engine.RemoveAsync(handle, cancellation);

        // The remaining processes were entering the container when it died.
        await _remains.EmptyCgroupAsync(handle, paths, cancellation);
    }
}
