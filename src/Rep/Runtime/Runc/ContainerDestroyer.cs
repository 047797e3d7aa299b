using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Destroys a container, complete or partial. Each step succeeds if there is nothing to do, and the record is removed last, so an
/// interrupted destruction can be started again and completed.
/// </summary>
internal sealed class ContainerDestroyer(CellMachine machine, SandboxMaker sandboxes)
{
    /// <summary>Interval between checks whether killed processes are gone; they usually are at the second check.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    /// <summary>How long conmon has to record the exit of a killed process before it is killed itself.</summary>
    private static readonly TimeSpan SupervisorGrace = TimeSpan.FromSeconds(5);

    public async Task DestroyAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        var record = RecordFile.Read(paths.Record, RecordJson.Default.ContainerRecord);
        IReadOnlyList<PortMapping> ports = record?.Ports ?? [];

        // In parallel: the plugins take as long as runc, and neither depends on what the other removes.
        await Task.WhenAll(
            KillAsync(handle, paths, record, cancellation),
            machine.Network.DetachAsync(handle, record?.Sandbox ?? handle, cancellation)
        );
        if (!await EndSupervisorsAsync(handle, paths, cancellation) || record is not { Complete: true })
        {
            await EndCallsAsync(handle, cancellation);
            await EmptyCgroupAsync(handle, paths, cancellation);
        }

        machine.Network.Ports.Release(ports.Select(port => port.HostPort), paths.Root);

        if (record?.Sandbox is { } sandbox)
            sandboxes.Forget(sandbox);
        else if (record?.Users is { } users)
            machine.Users?.Release(users, paths.Root);

        foreach (var mount in Mounts.Below(paths.Root))
            Mounts.Remove(mount);
        machine.Disks.Release(paths);
        await UntilAsync(
            () => machine.Cgroups.TryRemoveWithTracking(paths.Cgroup),
            $"cgroup {paths.Cgroup} of container {handle} did not empty",
            cancellation
        );
        await DeleteFilesAsync(paths, cancellation);
    }

    /// <summary>Kills the first process; the kernel then kills all other processes in its pid namespace.</summary>
    private async Task KillAsync(string handle, ContainerPaths paths, ContainerRecord? record, CancellationToken cancellation)
    {
        if (record?.Holder is { Pid: > 0 } holder && Native.Signal(holder, (int)ProcessSignal.Kill))
            await UntilAsync(() => !holder.IsAlive(), $"the first process of container {handle} did not exit", cancellation);

        if (Directory.Exists(Path.Combine(machine.Paths.Runc, handle)))
        {
            // Without --force runc does not wait, which is fine once the first process is dead; with --force it also kills unknown
            // processes.
            string[] global = ["--root", machine.Paths.Runc];
            var quick = await machine.Commands.RunAsync(machine.Runc, [.. global, "delete", handle], cancellation);
            if (quick.ExitCode != 0)
                await machine.Commands.RunCheckedAsync(machine.Runc, [.. global, "delete", "--force", handle], cancellation);
        }

        // The remaining processes were entering the container when it died.
        await EmptyCgroupAsync(handle, paths, cancellation);
    }

    private Task EmptyCgroupAsync(string handle, ContainerPaths paths, CancellationToken cancellation) =>
        UntilAsync(() => !KillAll(machine.Cgroups.Processes(paths.Cgroup)), $"processes of container {handle} did not exit", cancellation);

    /// <summary>
    /// Ends calls of runc and conmon about the container that nobody waits for any more: their rep was killed, or runc hangs because the
    /// container died while it started. They could still start something in it, or remain for ever.
    /// </summary>
    private Task EndCallsAsync(string handle, CancellationToken cancellation)
    {
        var (root, name) = ("--root\0" + machine.Paths.Runc + "\0", "\0" + handle + "\0");
        // conmon passes runc's arguments one by one.
        var passed = root.Replace("\0", "\0--runtime-arg\0")[..^"--runtime-arg\0".Length];
        return UntilAsync(
            () =>
                !KillAll([
                    .. ProcessIdentity.Named(line =>
                        line.Contains(name, StringComparison.Ordinal)
                        && (line.Contains(root, StringComparison.Ordinal) || line.Contains(passed, StringComparison.Ordinal))
                    ),
                ]),
            $"calls of runc about container {handle} did not end",
            cancellation
        );
    }

    /// <returns>False if there was none.</returns>
    private static bool KillAll(IReadOnlyList<int> processes)
    {
        foreach (var pid in processes)
        {
            if (ProcessIdentity.Of(pid) is { } process)
                Native.Signal(process, (int)ProcessSignal.Kill);
        }

        return processes.Count > 0;
    }

    /// <returns>False if one had to be killed, or its start was never reported.</returns>
    private async Task<bool> EndSupervisorsAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        if (!Directory.Exists(paths.Processes))
            return true;
        var inOrder = true;
        var deadline = machine.Time.GetUtcNow() + SupervisorGrace;
        foreach (var directory in Directory.GetDirectories(paths.Processes))
        {
            var process = new ProcessPaths(directory);
            while (ConmonProcess.Supervisor(process) is { } supervisor)
            {
                if (machine.Time.GetUtcNow() >= deadline)
                {
                    inOrder = false;
                    machine.Log.SupervisorKilled(handle, supervisor.Pid);
                    Native.Signal(supervisor, (int)ProcessSignal.Kill);
                }

                await Task.Delay(Pause, machine.Time, cancellation);
            }

            inOrder &= File.Exists(process.Exit);
        }

        return inOrder;
    }

    private async Task DeleteFilesAsync(ContainerPaths paths, CancellationToken cancellation)
    {
        if (!Directory.Exists(paths.Root))
            return;

        // Never delete through a mount into files that are not ours, whoever mounted it.
        if (Mounts.Below(paths.Root) is [var mount, ..])
            throw new ContainerRuntimeException($"{mount} is still mounted");
        foreach (var directory in Directory.GetDirectories(paths.Root))
            await DeleteTreeAsync(directory, cancellation);
        foreach (var file in Directory.GetFiles(paths.Root))
        {
            if (file != paths.Record)
                File.Delete(file);
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
            // A container may create file names that are not valid UTF-8, which .NET cannot represent; rm can.
            await machine.Commands.RunCheckedAsync("/bin/rm", ["-rf", "--one-file-system", "--", directory], cancellation);
        }
    }

    private async Task UntilAsync(Func<bool> done, string otherwise, CancellationToken cancellation)
    {
        var deadline = machine.Time.GetUtcNow() + machine.Options.KillTimeout;
        while (!done())
        {
            if (machine.Time.GetUtcNow() >= deadline)
                throw new ContainerRuntimeException($"{otherwise} within {machine.Options.KillTimeout}");
            await Task.Delay(Pause, machine.Time, cancellation);
        }
    }
}
