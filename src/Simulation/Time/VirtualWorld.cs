namespace Scheduler.Simulation.Time;

/// <summary>
/// One thread and one clock for everything: continuations of all processes go through one queue, and time advances only when it is empty.
/// So a seed decides the whole run, and waiting costs nothing.
/// </summary>
/// <remarks>
/// Code that runs here must stay in its caller's context. Code that moves to the thread pool and returns is detected and fails the run,
/// because its order would be random.
/// </remarks>
internal sealed class VirtualWorld
{
    /// <summary>The date and time at the start of every run.</summary>
    public static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EventQueue _queue = new();
    private readonly Queue<Step> _ready = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _now;
    private volatile string? _strayed;

    /// <summary>Time since the start.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(_now);

    /// <summary>When the next event is due; null if there is none.</summary>
    public TimeSpan? NextDue => _queue.NextDue is { } ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Number of process steps and queue events so far.</summary>
    public long Events { get; private set; }

    /// <summary>Hash of everything that has happened, in order: equal for equal runs.</summary>
    public TraceHash Hash { get; } = new();

    /// <summary>A process did something that it must not survive, such as throwing from a callback.</summary>
    public Action<VirtualProcess, Exception> Failed { get; set; } = (_, failure) => throw failure;

    public Appointment After(TimeSpan delay, Action action) => _queue.Add(_now + Math.Max(0, delay.Ticks), action);

    /// <summary>Runs events up to and including the given moment.</summary>
    public void RunUntil(TimeSpan limit)
    {
        var before = SynchronizationContext.Current;
        try
        {
            while (Step(limit.Ticks)) { }

            if (limit.Ticks > _now)
                _now = limit.Ticks;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    internal void Enqueue(VirtualProcess process, SendOrPostCallback callback, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _strayed ??= $"code of {process.Name} left its thread and came back:{Environment.NewLine}{Environment.StackTrace}";
            return;
        }

        _ready.Enqueue(new Step(process, callback, state));
    }

    /// <summary>Runs a step in the context of its process, unless the process is dead or paused.</summary>
    internal void Run(in Step step)
    {
        if (!step.Process.TakesNow(step.Callback, step.State))
            return;
        Note(step.Process.Number);
        SynchronizationContext.SetSynchronizationContext(step.Process);
        try
        {
            step.Callback(step.State);
        }
        catch (Exception failure)
        {
            Failed(step.Process, failure);
        }

        step.Process.CountDown();
    }

    private bool Step(long limit)
    {
        if (_strayed is { } where)
            throw new InvalidOperationException(where);
        if (_ready.TryDequeue(out var step))
        {
            step.Process.Processor.Take(step);
            return true;
        }

        if (!_queue.TryTake(limit, out var next, out var due))
            return false;
        _now = due;
        Note(-1);
        SynchronizationContext.SetSynchronizationContext(null);
        next.Run();
        return true;
    }

    private void Note(int who)
    {
        Events++;
        Hash.Add((ulong)_now ^ ((ulong)(uint)who << 44));
    }
}
