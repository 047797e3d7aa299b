using System.Runtime.ExceptionServices;
using Scheduler.Simulation.Time;
using SimulatedWorld = Scheduler.Simulation.Time.VirtualWorld;

namespace Scheduler.Tests.TestKit.Time;

/// <summary>
/// Runs a test and the code under test as one process of the simulation, on one thread and virtual time. Every continuation goes through
/// one queue, and the clock advances only when the queue is empty and the test asks for it. A test takes the same course each time, and
/// waiting costs nothing.
/// </summary>
/// <remarks>
/// Code under test must stay in its caller's context (no <c>ConfigureAwait(false)</c>, no thread pool); violations fail the test.
/// </remarks>
public sealed class VirtualWorld
{
    private readonly SimulatedWorld _world = new();
    private readonly VirtualProcess _process;
    private Passage? _passage;
    private bool _hasEnded;
    private Exception? _failure;

    private VirtualWorld() => _process = new VirtualProcess(_world, 1, "test", new MachineClock(_world), new Processor(_world));

    public TimeProvider Time => _process.Time;

    public DateTimeOffset Now => Time.GetUtcNow();

    public static void Run(Func<VirtualWorld, Task> test)
    {
        var world = new VirtualWorld();
        world._process.Start(() => test(world), failure => (world._hasEnded, world._failure) = (true, failure));
        world.Pump();
    }

    /// <summary>Advances the time: each event happens when it is due, with all its consequences before the next event.</summary>
    public Task AdvanceAsync(TimeSpan by) => PassAsync(by, isStopped: false);

    public Task AdvanceAsync(double seconds) => AdvanceAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>Runs everything that can run now.</summary>
    public Task SettleAsync() => AdvanceAsync(TimeSpan.Zero);

    /// <summary>
    /// Advances the time while the code is paused, as after SIGSTOP: events that became due in between happen at the end.
    /// </summary>
    public Task StandStillAsync(TimeSpan time) => PassAsync(time, isStopped: true);

    /// <summary>
    /// Advances the time until the task has ended and returns its result; fails if that takes longer than <paramref name="atMost"/>.
    /// </summary>
    public async Task<T> ResultAsync<T>(Task<T> task, TimeSpan atMost)
    {
        await FinishAsync(task, atMost);
        return await task;
    }

    public async Task FinishAsync(Task task, TimeSpan atMost)
    {
        var limit = _world.Now + atMost;
        await SettleAsync();
        while (!task.IsCompleted)
        {
            if (_world.NextDue is not { } next || next > limit)
                throw new TimeoutException($"not finished within {atMost} of virtual time");
            await AdvanceAsync(next - _world.Now);
        }

        await task;
    }

    private Task PassAsync(TimeSpan time, bool isStopped)
    {
        if (_passage is not null)
            throw new InvalidOperationException("the clock is being advanced already");
        _passage = new Passage(_world.Now + time, isStopped);
        return _passage.Over.Task;
    }

    private void Pump()
    {
        while (true)
        {
            _world.RunUntil(_world.Now);
            if (_hasEnded)
                break;
            if (_passage is not { } passage)
                throw new InvalidOperationException("stuck: the test waits for something that neither the code nor the clock will bring");
            if (passage.IsStopped)
                _process.Pause();
            _world.RunUntil(passage.Until);
            if (passage.IsStopped)
                _process.Resume();
            _passage = null;
            passage.Over.SetResult();
        }

        if (_failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    private sealed record Passage(TimeSpan Until, bool IsStopped)
    {
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
