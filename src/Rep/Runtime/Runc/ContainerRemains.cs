using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Removes what is left of a container once nothing runs in it: supervisors, calls of runc, and its directory.</summary>
internal sealed class ContainerRemains(ProcessTools tools)
{
    /// <summary>Interval between checks whether killed processes are gone; they usually are at the second check.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    /// <summary>How long conmon has to record the exit of a killed process before it is killed itself.</summary>
    private static readonly TimeSpan SupervisorGrace = TimeSpan.FromSeconds(5);

    /// <summary>Kills what still is in the container's cgroup, such as a process that was entering the container when it died.</summary>
    public Task EmptyCgroupAsync(string handle, ContainerPaths paths, CancellationToken cancellation) =>
        UntilAsync(() => !KillAll(tools.Cgroups.Processes(paths.Cgroup)), $"processes of container {handle} did not exit", cancellation);

    /// <summary>
    /// Ends calls of runc and conmon about the container that nobody waits for any more: their rep was killed, or runc hangs because the
    /// container died while it started. They could still start something in it, or remain for ever.
    /// </summary>
    /// <param name="id">What runc calls the container.</param>
    public Task EndCallsAsync(string id, CancellationToken cancellation)
    {
        var (root, name) = ("--root\0" + tools.RuncRoot + "\0", "\0" + id + "\0");
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
            $"calls of runc about container {id} did not end",
            cancellation
        );
    }

    /// <returns>False if one had to be killed, or its start was never reported.</returns>
    public async Task<bool> EndSupervisorsAsync(string handle, ContainerPaths paths, CancellationToken cancellation)
    {
        if (!Directory.Exists(paths.Processes))
            return true;
        var inOrder = true;
        var deadline = tools.Time.GetUtcNow() + SupervisorGrace;
        foreach (var directory in Directory.GetDirectories(paths.Processes))
        {
            var process = new ProcessPaths(directory);
            while (ConmonProcess.Supervisor(process) is { } supervisor)
            {
                if (tools.Time.GetUtcNow() >= deadline)
                {
                    inOrder = false;
                    tools.Log.SupervisorKilled(handle, supervisor.Pid);
                    Native.Signal(supervisor, (int)ProcessSignal.Kill);
                }

                await Task.Delay(Pause, tools.Time, cancellation);
            }

            inOrder &= File.Exists(process.Exit);
        }

        return inOrder;
    }

    /// <summary>Removes the container's directory, its record last.</summary>
    /// <exception cref="ContainerRuntimeException">Something is still mounted in it.</exception>
    public async Task DeleteFilesAsync(ContainerPaths paths, CancellationToken cancellation)
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

    public async Task UntilAsync(Func<bool> done, string otherwise, CancellationToken cancellation)
    {
        var deadline = tools.Time.GetUtcNow() + tools.Options.KillTimeout;
        while (!done())
        {
            if (tools.Time.GetUtcNow() >= deadline)
                throw new ContainerRuntimeException($"{otherwise} within {tools.Options.KillTimeout}");
            await Task.Delay(Pause, tools.Time, cancellation);
        }
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

    private async Task DeleteTreeAsync(string directory, CancellationToken cancellation)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // A container may create file names that are not valid UTF-8, which .NET cannot represent; rm can.
            await tools.Commands.RunCheckedAsync("/bin/rm", ["-rf", "--one-file-system", "--", directory], cancellation);
        }
    }
}
