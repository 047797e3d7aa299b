using System.Text;

namespace Scheduler.Rep.Runtime.Simulated;

/// <summary>A simulated process: a plan and a timer.</summary>
internal sealed class SimulatedProcess : IContainerProcess
{
    private readonly TaskCompletionSource<ProcessExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<LogLine> _lines = [];
    private readonly TimeProvider _time;
    private readonly SimulatedProcessPlan _plan;
    private TaskCompletionSource _changed = NewChange();
    private ITimer? _end;

    public SimulatedProcess(string id, int pid, SimulatedProcessPlan plan, TimeProvider time)
    {
        (Id, Pid, _plan, _time) = (id, pid, plan, time);
        StartedAt = time.GetUtcNow();
        foreach (var line in plan.Output)
            Write(LogStream.Stdout, line);
        if (plan.RunsFor is { } after)
            EndAfter(after, new ProcessExit(plan.ExitCode, plan.OutOfMemory));
    }

    public string Id { get; }

    public int Pid { get; }

    public DateTimeOffset StartedAt { get; }

    public Task<ProcessExit> Exit => _exit.Task;

    public Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_exit.Task.IsCompleted)
            return Task.FromResult(false);

        if (signal == ProcessSignal.Kill)
            End(new ProcessExit(128 + (int)signal));
        else if (_plan.TerminateTakes is { } takes)
            EndAfter(takes, new ProcessExit(128 + (int)signal));
        return Task.FromResult(true);
    }

    public void End(ProcessExit exit)
    {
        lock (_lock)
        {
            if (!_exit.TrySetResult(exit))
                return;
            _end?.Dispose();
            Announce();
        }
    }

    public void Write(LogStream stream, string text)
    {
        lock (_lock)
        {
            _lines.Add(new LogLine(_time.GetUtcNow(), stream, Encoding.UTF8.GetBytes(text), new LogCursor(1, _lines.Count + 1)));
            Announce();
        }
    }

    /// <summary>The line at that position; or a task that completes when there is one; or neither if there will be no more.</summary>
    public (LogLine? Line, Task? Change) LineAt(long position)
    {
        lock (_lock)
        {
            if (position < _lines.Count)
                return (_lines[(int)position], null);
            return (null, _exit.Task.IsCompleted ? null : _changed.Task);
        }
    }

    private void EndAfter(TimeSpan delay, ProcessExit exit)
    {
        if (delay <= TimeSpan.Zero)
        {
            End(exit);
            return;
        }

        lock (_lock)
        {
            if (_exit.Task.IsCompleted)
                return;
            _end?.Dispose();
            _end = _time.CreateTimer(_ => End(exit), null, delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void Announce()
    {
        var changed = _changed;
        _changed = NewChange();
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
