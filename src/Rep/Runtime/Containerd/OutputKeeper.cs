using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>
/// Keeps the output of a process of containerd. Its shim writes to two named pipes, and a conmon, which outlives the rep, reads them into
/// the process's log, with times and within the bound. What conmon supervises is not the process but the copying of the pipes.
/// </summary>
internal sealed class OutputKeeper(CellMachine machine)
{
    // conmon asks a runtime to start a process: this one copies the pipes to its own streams, which conmon reads, until both have ended.
    private const string Copy = "(\"$0\" cat \"$1\" & \"$0\" cat \"$2\" >&2; wait) & echo $! >\"$3\"";

    /// <summary>Makes the pipes and starts to read them.</summary>
    public async Task StartAsync(string handle, ProcessPaths paths)
    {
        var (output, error) = Pipes(paths);
        foreach (var pipe in (string[])[output, error])
        {
            if (Native.MakePipe(pipe, 0b110_000_000) != 0)
                throw new ContainerRuntimeException($"cannot make the named pipe {pipe}: {Native.LastError().Message}");
        }

        string[] copy = ["sh", "-c", Copy, machine.Busybox, output, error, paths.Pid];
        await Conmon.StartAsync(machine, handle, machine.Busybox, copy, paths, sync: null);
    }

    public static (string Output, string Error) Pipes(ProcessPaths paths) =>
        (Path.Combine(paths.Root, "stdout"), Path.Combine(paths.Root, "stderr"));

    /// <summary>Whether all output is in the log, or will never be.</summary>
    public static bool IsDone(ProcessPaths paths) => File.Exists(paths.Exit) || !ConmonProcess.IsSupervised(paths);

    /// <summary>Ends the copying although nobody has written to the pipes, or nobody can.</summary>
    public static void Kill(ProcessPaths paths)
    {
        var own = paths.Root + Path.DirectorySeparatorChar;
        foreach (var pid in ProcessIdentity.Named(line => line.Contains(own, StringComparison.Ordinal)).ToList())
        {
            if (ProcessIdentity.Of(pid) is { } process)
                Native.Signal(process, (int)ProcessSignal.Kill);
        }
    }
}
