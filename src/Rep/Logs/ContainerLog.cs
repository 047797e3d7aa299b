using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Logs;

/// <summary>
/// The sources of a container's log: the processes whose output the runtime keeps, and the cell's own lines about the container.
/// The last <see cref="KeptLines"/> of these lines are kept for the lifetime of the rep.
/// </summary>
internal sealed class ContainerLog(TimeProvider time)
{
    private const int KeptLines = 500;

    private readonly Lock _lock = new();
    private readonly List<LoggedProcess> _processes = [];
    private readonly Queue<PlatformLine> _lines = [];
    private TaskCompletionSource _changed = NewChange();
    private long _lastNumber;
    private bool _ended;

    public void Add(LoggedProcess process)
    {
        lock (_lock)
        {
            if (_processes.Contains(process))
                return;
            _processes.Add(process);
            Announce();
        }
    }

    public void Say(string source, LogStream stream, string text)
    {
        lock (_lock)
        {
            _lines.Enqueue(new PlatformLine(time.GetUtcNow(), source, stream, text, ++_lastNumber));
            if (_lines.Count > KeptLines)
                _lines.Dequeue();
            Announce();
        }
    }

    /// <summary>The container is gone: followers of its log may stop.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            Announce();
        }
    }

    /// <summary>
    /// The processes from the given position, the lines after the given number, and a task that completes when there is more; null if
    /// there will be no more.
    /// </summary>
    public (IReadOnlyList<LoggedProcess> Processes, IReadOnlyList<PlatformLine> Lines, Task? More) Read(int fromProcess, long afterNumber)
    {
        lock (_lock)
            return (_processes[fromProcess..], [.. _lines.Where(line => line.Number > afterNumber)], _ended ? null : _changed.Task);
    }

    private void Announce()
    {
        var changed = _changed;
        _changed = NewChange();
        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
