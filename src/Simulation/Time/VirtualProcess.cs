namespace Scheduler.Simulation.Time;

/// <summary>
/// A process of the simulated world, and the context in which its code runs. It can be killed between any two steps, after which none of
/// its code runs again, not even a <c>finally</c>. It can also be paused for a while, as by SIGSTOP.
/// </summary>
internal sealed class VirtualProcess : SynchronizationContext
{
    private readonly VirtualWorld _world;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _held = new();
    private int _stepsLeft = -1;
    private Action? _whenCountedDown;

    public VirtualProcess(VirtualWorld world, int number, string name, MachineClock clock, Processor processor)
    {
        (_world, Number, Name, Processor) = (world, number, name, processor);
        Time = new ProcessTime(world, this, clock);
    }

    public string Name { get; }

    /// <summary>Unique within the run.</summary>
    public int Number { get; }

    /// <summary>The processor of its machine.</summary>
    public Processor Processor { get; }

    /// <summary>The clock of its machine, with timers that fire in this process.</summary>
    public ProcessTime Time { get; }

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Runs something in this process soon. <paramref name="ended"/> gets its exception, or null if it succeeds.</summary>
    public void Start(Func<Task> main, Action<Exception?> ended) => Post(_ => Watch(main, ended), null);

    public void Kill()
    {
        IsDead = true;
        _held.Clear();
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        while (_held.TryDequeue(out var item))
            _world.Enqueue(this, item.Callback, item.State);
    }

    /// <summary>Calls back after the given number of steps, so that a fault can hit a process in the middle of an operation.</summary>
    public void AfterSteps(int steps, Action action) => (_stepsLeft, _whenCountedDown) = (steps, action);

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!IsDead)
            _world.Enqueue(this, d, state);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("nobody waits in place here");

    public override SynchronizationContext CreateCopy() => this;

    internal bool TakesNow(SendOrPostCallback callback, object? state)
    {
        if (IsDead)
            return false;
        if (!IsPaused)
            return true;
        _held.Enqueue((callback, state));
        return false;
    }

    internal void CountDown()
    {
        if (_stepsLeft < 0 || --_stepsLeft >= 0)
            return;
        var action = _whenCountedDown;
        _whenCountedDown = null;
        action?.Invoke();
    }

    private static async void Watch(Func<Task> main, Action<Exception?> ended)
    {
        Exception? failure = null;
        try
        {
            await main();
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }

        ended(failure);
    }
}
