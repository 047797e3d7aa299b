using System.Globalization;
using System.Text;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>A process supervised by conmon. Its state comes only from the files in its directory, whichever rep started it.</summary>
internal sealed class ConmonProcess : IContainerProcess, IDisposable
{
    private readonly TaskCompletionSource<ProcessExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Func<long?> _outOfMemoryKills;
    private readonly ProcessStart _start;
    private readonly ProcessIdentity _identity;
    private readonly IDisposable? _watch;
    private volatile TaskCompletionSource _changed = NewChange();

    /// <param name="pid">As reported by conmon.</param>
    /// <param name="outOfMemoryKills">Returns the container's current number of out-of-memory kills; null if unknown.</param>
    public ConmonProcess(string id, ProcessPaths paths, int pid, ProcessStart start, Func<long?> outOfMemoryKills, InotifyHub hub)
    {
        (Id, Paths, Pid, _start, _outOfMemoryKills) = (id, paths, pid, start, outOfMemoryKills);
        _identity = ProcessIdentity.Of(pid) ?? default;
        if (RecordFile.Read(paths.Outcome, RecordJson.Default.ProcessOutcome) is { } known)
        {
            _exit.SetResult(known.Exit);
            return;
        }

        // Watch before looking: an exit in between is seen twice rather than missed.
        _watch = hub.Watch(paths.Root, OnChange);
        LookForExit();
    }

    public string Id { get; }

    public ProcessPaths Paths { get; }

    public int Pid { get; }

    public DateTimeOffset StartedAt => _start.StartedAt;

    public Task<ProcessExit> Exit => _exit.Task;

    /// <summary>Completes at the next change of any of the process's files, including its log and its exit.</summary>
    public Task Changed => _changed.Task;

    public Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_exit.Task.IsCompleted || !IsSupervised(Paths))
            return Task.FromResult(false);
        return Task.FromResult(Native.Signal(_identity, (int)signal));
    }

    /// <summary>Detects a killed conmon: the exit code is then lost, and the process's output is no longer read.</summary>
    public void CheckSupervisor()
    {
        if (_exit.Task.IsCompleted || IsSupervised(Paths))
            return;
        LookForExit(); // conmon writes the code and then ends
        if (_exit.Task.IsCompleted)
            return;
        if (_identity.IsAlive())
            Native.Signal(_identity, (int)ProcessSignal.Kill);
        End(ProcessExit.Unknown);
    }

    /// <summary>Ends the process because its container is being destroyed: an exit code that is not known yet is lost.</summary>
    public void EndForGood()
    {
        LookForExit();
        End(ProcessExit.Unknown);
    }

    public void Dispose() => _watch?.Dispose();

    /// <summary>True while a conmon runs for the process in that directory. After a reboot another process may have the pid.</summary>
    public static bool IsSupervised(ProcessPaths paths) => Supervisor(paths) is not null;

    public static ProcessIdentity? Supervisor(ProcessPaths paths)
    {
        try
        {
            if (!int.TryParse(File.ReadAllText(paths.ConmonPid), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                return null;
            var commandLine = File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline"));
            return commandLine.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\0{paths.Root}\0")) >= 0 ? ProcessIdentity.Of(pid) : null;
        }
        catch (IOException)
        {
            return null; // no such file: never started, or the process is gone
        }
    }

    private void OnChange()
    {
        LookForExit();
        var changed = _changed;
        _changed = NewChange();
        changed.TrySetResult();
    }

    private void LookForExit()
    {
        if (_exit.Task.IsCompleted || !File.Exists(Paths.Exit))
            return;
        string text;
        try
        {
            text = File.ReadAllText(Paths.Exit);
        }
        catch (IOException)
        {
            return; // destroyed between the two lines
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code))
            return;
        var outOfMemory = _outOfMemoryKills() is { } kills ? kills > _start.OutOfMemoryKillsBefore : File.Exists(Paths.OutOfMemory);
        End(
            code < 0
                ? ProcessExit.Unknown
                : new ProcessExit(code, outOfMemory && code != 0) { StartFailure = code == 0 ? null : StartFailure() }
        );
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

    private void End(ProcessExit exit)
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

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
