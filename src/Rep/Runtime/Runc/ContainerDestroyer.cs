using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Takes a container away, whole or in part. Each step is fine with there being nothing to do, and the record goes last, so
/// that whatever interrupts this, somebody can begin again and come to the end.
/// </summary>
internal sealed class ContainerDestroyer(CellMachine machine)
{
    /// <summary>Between looks at whether killed processes are gone; they usually are at the second.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    /// <summary>How long conmon gets to write down the end of a killed process before it is killed itself.</summary>
    private static readonly TimeSpan SupervisorGrace = TimeSpan.FromSeconds(5);

    public async Task DestroyAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        var record = RecordFile.Read(paths.Record, RecordJson.Default.ContainerRecord);
        IReadOnlyList<PortMapping> ports = record?.Ports ?? [];

        // The plugins take as long as runc does, and neither waits for what the other takes away.
        await Task.WhenAll(KillAsync(handle, paths, record, cancellation), machine.Network.DetachAsync(handle, cancellation));
        await EndSupervisorsAsync(handle, paths, cancellation);
        machine.Network.Ports.Release(ports.Select(port => port.HostPort), paths.Root);

        if (record?.Users is { } users) machine.Users?.Release(users, paths.Root);

        foreach (var mount in Mounts.Below(paths.Root)) Mounts.Remove(mount);
        machine.Disks.Release(paths);
        await UntilAsync(
            () => machine.Cgroups.TryRemove(paths.Cgroup), $"cgroup {paths.Cgroup} of container {handle} did not empty", cancellation);
        await DeleteFilesAsync(paths, cancellation);
    }

    /// <summary>Killing the first process ends all others of its process namespace; the kernel does that.</summary>
    private async Task KillAsync(string handle, ContainerPaths paths, ContainerRecord? record, CancellationToken cancellation)
    {
        if (record?.Init is { Pid: > 0 } init && Native.Signal(init, (int)ProcessSignal.Kill))
            await UntilAsync(() => !init.IsAlive(), $"the first process of container {handle} did not exit", cancellation);

        if (Directory.Exists(Path.Combine(machine.Paths.Runc, handle)))
        {
            // Without --force it does not wait, and there is nothing to wait for when the process is dead; with it, it kills what we do not know of.
            string[] global = ["--root", machine.Paths.Runc];
            var quick = await machine.Commands.RunAsync(machine.Runc, [.. global, "delete", handle], cancellation);
            if (quick.ExitCode != 0) await machine.Commands.RunCheckedAsync(machine.Runc, [.. global, "delete", "--force", handle], cancellation);
        }

        // Whoever is left was on its way into the container when it died.
        await UntilAsync(
            () =>
            {
                var left = machine.Cgroups.Processes(paths.Cgroup);
                foreach (var pid in left)
                {
                    if (ProcessIdentity.Of(pid) is { } process) Native.Signal(process, (int)ProcessSignal.Kill);
                }

                return left.Count == 0;
            },
            $"processes of container {handle} did not exit", cancellation);
    }

    private async Task EndSupervisorsAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        if (!Directory.Exists(paths.Processes)) return;
        var deadline = machine.Time.GetUtcNow() + SupervisorGrace;
        foreach (var directory in Directory.GetDirectories(paths.Processes))
        {
            while (ConmonProcess.Supervisor(new ProcessPaths(directory)) is { } supervisor)
            {
                if (machine.Time.GetUtcNow() >= deadline)
                {
                    machine.Log.SupervisorKilled(handle, supervisor.Pid);
                    Native.Signal(supervisor, (int)ProcessSignal.Kill);
                }

                await Task.Delay(Pause, machine.Time, cancellation);
            }
        }
    }

    private async Task DeleteFilesAsync(ContainerPaths paths, CancellationToken cancellation)
    {
        if (!Directory.Exists(paths.Root)) return;

        // Never through a mount into what is not ours, whoever made it.
        if (Mounts.Below(paths.Root) is [var mount, ..]) throw new ContainerRuntimeException($"{mount} is still mounted");
        foreach (var directory in Directory.GetDirectories(paths.Root)) await DeleteTreeAsync(directory, cancellation);
        foreach (var file in Directory.GetFiles(paths.Root))
        {
            if (file != paths.Record) File.Delete(file);
        }

        File.Delete(paths.Record);
        Directory.Delete(paths.Root);
    }

    private async Task DeleteTreeAsync(string directory, CancellationToken cancellation)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // A container may name files with bytes that are no UTF-8, which .NET cannot spell; rm can.
            await machine.Commands.RunCheckedAsync("/bin/rm", ["-rf", "--one-file-system", "--", directory], cancellation);
        }
    }

    private async Task UntilAsync(Func<bool> done, string otherwise, CancellationToken cancellation)
    {
        var deadline = machine.Time.GetUtcNow() + machine.Options.KillTimeout;
        while (!done())
        {
            if (machine.Time.GetUtcNow() >= deadline) throw new ContainerRuntimeException($"{otherwise} within {machine.Options.KillTimeout}");
            await Task.Delay(Pause, machine.Time, cancellation);
        }
    }
}
