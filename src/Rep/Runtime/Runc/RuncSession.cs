using System.Diagnostics;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A process in a container, with the runc beside it that carries its streams.</summary>
internal sealed class RuncSession : IAttachedProcess
{
    private const int WindowChanged = 28;
    private const byte EndOfFile = 4;

    /// <summary>Interval between checks whether killed processes are gone; they usually are at the second check.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    private readonly ProcessTools _machine;
    private readonly SessionPaths _paths;
    private readonly Process _runc;
    private readonly PseudoTerminal? _terminal;
    private readonly ProcessIdentity _leader;
    private readonly ProcessIdentity _carrier;
    private bool _isDisposed;

    /// <param name="leader">The process in the container; the default if it has ended already.</param>
    public RuncSession(ProcessTools machine, SessionPaths paths, Process runc, PseudoTerminal? terminal, ProcessIdentity leader)
    {
        (_machine, _paths, _runc, _terminal, _leader) = (machine, paths, runc, terminal, leader);
        _carrier = ProcessIdentity.Of(runc.Id) ?? default;
        Input = terminal?.Stream ?? runc.StandardInput.BaseStream;
        Output = terminal?.Stream ?? runc.StandardOutput.BaseStream;
        Error = terminal is null ? runc.StandardError.BaseStream : null;
        Exit = EndAsync();
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream? Error { get; }

    public Task<int> Exit { get; }

    public async ValueTask EndInputAsync(CancellationToken cancellation)
    {
        if (_terminal is null)
            await Input.DisposeAsync();
        else
            await Input.WriteAsync(new[] { EndOfFile }, cancellation);
    }

    public void Resize(TerminalSize size)
    {
        if (_terminal is null)
            return;
        _terminal.Resize(size);
        // runc passes the size of its own terminal on, but it is told of changes only at a controlling terminal.
        Native.Signal(_carrier, WindowChanged);
    }

    public Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(_leader.Pid > 0 && Native.Signal(_leader, (int)signal));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await DiscardAsync(_machine, _paths, _runc, _terminal);
        // Over by now; whoever cared for the exit has awaited it.
        await Waits.EndAsync(Exit);
        _runc.Dispose();
    }

    /// <summary>Ends whatever there is of a session and removes its traces.</summary>
    public static async Task DiscardAsync(ProcessTools machine, SessionPaths paths, Process? runc, PseudoTerminal? terminal)
    {
        await KillAsync(machine, paths);
        terminal?.Dispose();
        if (runc is not null)
        {
            if (terminal is null)
            {
                // runc may be writing to a reader that has gone.
                runc.StandardOutput.Dispose();
                runc.StandardError.Dispose();
            }

            // It may be in the middle of starting the process, which it would do after the kill above.
            if (!runc.HasExited)
                runc.Kill();
            await runc.WaitForExitAsync(CancellationToken.None);
            await KillAsync(machine, paths);
        }

        machine.Cgroups.TryRemove(paths.Cgroup);
        try
        {
            Directory.Delete(paths.Root, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // the container was destroyed meanwhile
        }
    }

    /// <summary>Kills everything in the session's cgroup.</summary>
    /// <exception cref="ContainerRuntimeException">A process hangs in the kernel.</exception>
    private static async Task KillAsync(ProcessTools machine, SessionPaths paths)
    {
        var deadline = machine.Time.GetUtcNow() + machine.Options.KillTimeout;
        while (machine.Cgroups.Processes(paths.Cgroup).Count > 0)
        {
            if (machine.Time.GetUtcNow() >= deadline)
                throw new ContainerRuntimeException(
                    $"processes of {Path.GetFileName(paths.Root)} did not exit within {machine.Options.KillTimeout}"
                );
            machine.Cgroups.Kill(paths.Cgroup);
            await Task.Delay(Pause, machine.Time, CancellationToken.None);
        }
    }

    private async Task<int> EndAsync()
    {
        var ended = _runc.WaitForExitAsync(CancellationToken.None);
        if (_leader.Pid > 0)
            await Waits.EitherAsync(OnOwnThread.RunAsync(() => Native.AwaitEnd(_leader)), ended, CancellationToken.None);
        // What it left behind may hold its streams open, and runc would wait for the end of those.
        await KillAsync(_machine, _paths);
        await ended;
        return _runc.ExitCode;
    }
}
