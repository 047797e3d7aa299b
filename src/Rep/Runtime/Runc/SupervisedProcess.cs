using System.Text;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A process that outlives the rep. What is known of it is in its directory, whichever rep started it.</summary>
internal abstract class SupervisedProcess : IContainerProcess, IDisposable
{
    private readonly TaskCompletionSource<ProcessExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Func<long?> _outOfMemoryKills;
    private readonly ProcessStart _start;
    private readonly IDisposable? _watch;
    private volatile TaskCompletionSource _changed = NewChange();

    /// <param name="pid">On the host.</param>
    /// <param name="outOfMemoryKills">Returns the container's current number of out-of-memory kills; null if unknown.</param>
    protected SupervisedProcess(string id, ProcessPaths paths, int pid, ProcessStart start, Func<long?> outOfMemoryKills, InotifyHub hub)
    {
        (Id, Paths, Pid, _start, _outOfMemoryKills) = (id, paths, pid, start, outOfMemoryKills);
        Identity = ProcessIdentity.Of(pid) ?? default;
        if (RecordFile.Read(paths.Outcome, RecordJson.Default.ProcessOutcome) is { } known)
            _exit.SetResult(known.Exit);
        else
            _watch = hub.Watch(paths.Root, OnChange);
    }

    public string Id { get; }

    public ProcessPaths Paths { get; }

    public int Pid { get; }

    public DateTimeOffset StartedAt => _start.StartedAt;

    public Task<ProcessExit> Exit => _exit.Task;

    /// <summary>Completes at the next change of any of the process's files, including its log and its exit.</summary>
    public Task Changed => _changed.Task;

    protected ProcessIdentity Identity { get; }

    public Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_exit.Task.IsCompleted || !ConmonProcess.IsSupervised(Paths))
            return Task.FromResult(false);
        return Task.FromResult(Native.Signal(Identity, (int)signal));
    }

    /// <summary>Looks whether the process's supervisor was killed: then nobody reads its output any more.</summary>
    public abstract void CheckSupervisor();

    /// <summary>Ends the process because its container is being destroyed: an exit code that is not known yet is lost.</summary>
    public void EndForGood()
    {
        LookForExit();
        End(ProcessExit.Unknown);
    }

    public virtual void Dispose() => _watch?.Dispose();

    /// <summary>Ends the process if its directory says so. Called after each change there.</summary>
    protected abstract void LookForExit();

    /// <summary>Ends the process with an exit code; the first end counts.</summary>
    protected void EndWith(int code)
    {
        var outOfMemory = _outOfMemoryKills() is { } kills ? kills > _start.OutOfMemoryKillsBefore : File.Exists(Paths.OutOfMemory);
        End(new ProcessExit(code, outOfMemory && code != 0) { StartFailure = code == 0 ? null : StartFailure() });
    }

    protected void End(ProcessExit exit)
    {
        lock (_lock)
        {
            if (_exit.Task.IsCompleted)
                return;
            if (Directory.Exists(Paths.Root))
            {
                // Keep the result as first seen: later kills caused by other processes must not be attributed to this one.
                RecordFile.Write(Paths.Outcome, new ProcessOutcome(exit), RecordJson.Default.ProcessOutcome);
            }

            _exit.SetResult(exit);
        }

        _watch?.Dispose();
        _changed.TrySetResult();
    }

    private void OnChange()
    {
        LookForExit();
        var changed = _changed;
        _changed = NewChange();
        changed.TrySetResult();
    }

    /// <summary>Looks for an error message of runc, which is then the only output.</summary>
    private string? StartFailure()
    {
        const int longest = 8 << 10; // PATH_MAX and words
        try
        {
            if (!File.Exists(Paths.Log) || new FileInfo(Paths.Log).Length > longest)
                return null;
            var (parser, lines) = (new ConmonLogParser(), new List<LogLine>());
            foreach (var record in File.ReadAllText(Paths.Log).Split('\n'))
                parser.Parse(Encoding.UTF8.GetBytes(record), default, lines);
            return lines is [{ Stream: LogStream.Stderr } only] ? StartFailures.InOutput(only.Text) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // destroyed meanwhile; the exit code tells enough
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
