using System.Runtime.ExceptionServices;
using Scheduler.Simulation.Time;
using SimulatedWorld = Scheduler.Simulation.Time.VirtualWorld;

namespace Scheduler.Tests.TestKit.Time;

/// <summary>
/// A test and the code under test as one process of the simulation: on one thread and virtual time. Every continuation goes through
/// one queue, and the clock moves only when that is empty and the test asks for it. The same test takes the same course each time,
/// and waits cost nothing.
/// </summary>
/// <remarks>
/// Code under test must stay on its caller's context (no <c>ConfigureAwait(false)</c>, no thread pool); what strays fails the test.
/// </remarks>
public sealed class VirtualWorld
{
    private readonly SimulatedWorld _world = new();
    private readonly VirtualProcess _process;
    private Passage? _passage;
    private bool _hasEnded;
    private Exception? _failure;

    private VirtualWorld() => _process = new VirtualProcess(_world, 1, "test", new MachineClock(_world));

    public TimeProvider Time => _process.Time;

    public DateTimeOffset Now => Time.GetUtcNow();

    public static void Run(Func<VirtualWorld, Task> test)
    {
        var world = new VirtualWorld();
        world._process.Start(() => test(world), failure => (world._hasEnded, world._failure) = (true, failure));
        world.Pump();
    }

    /// <summary>Lets that much time pass: whatever is due happens at its moment, and everything that follows from it before the next.</summary>
    public Task AdvanceAsync(TimeSpan by) => PassAsync(by, isStopped: false);

    public Task AdvanceAsync(double seconds) => AdvanceAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>Lets everything happen that can happen now.</summary>
    public Task SettleAsync() => AdvanceAsync(TimeSpan.Zero);

    /// <summary>Lets that much time pass while the code stands still, as after SIGSTOP: what was due meanwhile happens at its end.</summary>
    public Task StandStillAsync(TimeSpan time) => PassAsync(time, isStopped: true);

    /// <summary>Lets time pass until the task has ended, and returns its result; fails when it takes longer than <paramref name="atMost"/>.</summary>
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
            if (_world.NextDue is not { } next || next > limit) throw new TimeoutException($"not finished within {atMost} of virtual time");
            await AdvanceAsync(next - _world.Now);
        }

        await task;
    }

    private Task PassAsync(TimeSpan time, bool isStopped)
    {
        if (_passage is not null) throw new InvalidOperationException("the clock is being advanced already");
        _passage = new Passage(_world.Now + time, isStopped);
        return _passage.Over.Task;
    }

    private void Pump()
    {
        while (true)
        {
            _world.RunUntil(_world.Now);
            if (_hasEnded) break;
            if (_passage is not { } passage) throw new InvalidOperationException("stuck: the test waits for something that neither the code nor the clock will bring");
            if (passage.IsStopped) _process.Pause();
            _world.RunUntil(passage.Until);
            if (passage.IsStopped) _process.Resume();
            _passage = null;
            passage.Over.SetResult();
        }

        if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    private sealed record Passage(TimeSpan Until, bool IsStopped)
    {
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
