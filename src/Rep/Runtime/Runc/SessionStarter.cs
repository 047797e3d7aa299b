using System.Diagnostics;
using System.Globalization;
using System.Text;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Starts processes with somebody attached. runc stays in the foreground and carries the streams: there is no conmon, because nothing of
/// such a process has to outlive the rep. Each has a cgroup of its own below the container's, by which everything that it starts is found,
/// whatever it does to hide.
/// </summary>
internal sealed class SessionStarter(ProcessTools machine)
{
    // The shell only opens the terminal and then replaces itself with the program.
    private const string AtTerminal = "exec \"$0\" \"$@\" <\"$LAUNCH_TERMINAL\" >\"$LAUNCH_TERMINAL\" 2>&1";

    /// <exception cref="ProcessStartException">runc failed to start the process; the message explains why.</exception>
    public async Task<RuncSession> StartAsync(
        string id,
        ContainerRecord record,
        ContainerPaths container,
        ProcessSpec spec,
        TerminalSize? size
    )
    {
        var prepared = PreparedProcess.Of(machine, record, container, spec, terminal: size is not null);
        var paths = container.Session(id);
        Directory.CreateDirectory(paths.Root);
        PseudoTerminal? terminal = null;
        Process? runc = null;
        try
        {
            terminal = size is { } wanted ? PseudoTerminal.Open(wanted) : null;
            PrivateFile.Write(paths.Spec, Encoding.UTF8.GetBytes(prepared.Config.ToJsonString()));
            var group = machine.Cgroups.CreateForTracking(container.Cgroup, id);
            string[] arguments =
            [
                "--root",
                machine.RuncRoot,
                "--log",
                paths.RuncLog,
                "--log-format",
                "json",
                "exec",
                "--process",
                paths.Spec,
                "--pid-file",
                paths.Pid,
                "--cgroup",
                group,
                record.RuncId,
            ];
            runc = Launch(arguments, terminal);
            var leader = await AwaitStartAsync(runc, paths);
            if (leader is null)
                throw new ProcessStartException(prepared.Explain(RuncMessages.Read(paths.RuncLog)));
            terminal?.HandOver();
            return new RuncSession(machine, paths, runc, terminal, leader.Value);
        }
        catch
        {
            await RuncSession.DiscardAsync(machine, paths, runc, terminal);
            runc?.Dispose();
            throw;
        }
    }

    private Process Launch(string[] arguments, PseudoTerminal? terminal)
    {
        var start = terminal is null
            ? new ProcessStartInfo(machine.Runc, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
            : new ProcessStartInfo("/bin/sh", ["-c", AtTerminal, machine.Runc, .. arguments]);
        start.UseShellExecute = false;
        start.WorkingDirectory = "/";
        start.Environment.Clear();
        start.Environment["PATH"] = Programs.Path;
        if (terminal is not null)
            start.Environment["LAUNCH_TERMINAL"] = terminal.Path;
        return Process.Start(start) ?? throw new ContainerRuntimeException($"{machine.Runc} could not be started");
    }

    /// <summary>The process in the container; null if runc ended without starting it.</summary>
    private async Task<ProcessIdentity?> AwaitStartAsync(Process runc, SessionPaths paths)
    {
        // Never disposed: the hub may still release it while the watch ends.
        var changed = new SemaphoreSlim(0);
        using var watch = machine.Hub.Watch(paths.Root, () => changed.Release());
        using var limit = new CancellationTokenSource(machine.Options.CommandTimeout, machine.Time);
        var ended = runc.WaitForExitAsync(CancellationToken.None);
        try
        {
            while (true)
            {
                var isOver = ended.IsCompleted;
                if (ReadPid(paths.Pid) is { } pid)
                    return ProcessIdentity.Of(pid) ?? default;
                if (isOver)
                    return null;
                await Waits.EitherAsync(changed.WaitAsync(limit.Token), ended, CancellationToken.None);
                limit.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            throw new ContainerRuntimeException($"runc exec did not start the process within {machine.Options.CommandTimeout}");
        }
    }

    /// <summary>runc writes the file under another name first, so it is complete once it exists.</summary>
    private static int? ReadPid(string path) =>
        File.Exists(path) && int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? pid
            : null;
}
