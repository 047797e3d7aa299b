namespace Scheduler.Simulation.Time;

/// <summary>
/// The processor of a machine. Normally its processes' steps take no time. While it is starved, each takes <see cref="StepTime"/>, one
/// after the other, so that work queues up as on a machine that runs at a fraction of its speed.
/// </summary>
internal sealed class Processor(VirtualWorld world)
{
    private readonly Queue<(Step Step, TimeSpan At)> _waiting = new();
    private bool _isBusy;

    /// <summary>Time that a step takes; 0 if the machine is not starved.</summary>
    public TimeSpan StepTime { get; set; }

    public bool IsStarved => StepTime > TimeSpan.Zero;

    /// <summary>Steps that have run on this machine.</summary>
    public long Steps { get; private set; }

    /// <summary>How long the step that runs next has waited; 0 if none waits.</summary>
    public TimeSpan Lag => _waiting.TryPeek(out var next) ? world.Now - next.At : TimeSpan.Zero;

    /// <summary>Runs the step now, or when those before it have run.</summary>
    public void Take(in Step step)
    {
        if (StepTime == TimeSpan.Zero && !_isBusy)
        {
            Run(step);
            return;
        }

        _waiting.Enqueue((step, world.Now));
        if (!_isBusy)
            Next();
    }

    private void Next()
    {
        _isBusy = true;
        world.After(
            StepTime,
            () =>
            {
                var (step, _) = _waiting.Dequeue();
                _isBusy = false;
                Run(step);
                if (!_isBusy && _waiting.Count > 0)
                    Next();
            }
        );
    }

    private void Run(in Step step)
    {
        Steps++;
        world.Run(step);
    }
}

/// <summary>A continuation of a process.</summary>
internal readonly record struct Step(VirtualProcess Process, SendOrPostCallback Callback, object? State);
