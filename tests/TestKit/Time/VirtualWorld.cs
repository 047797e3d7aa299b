using System.Runtime.ExceptionServices;

namespace Scheduler.Tests.TestKit.Time;

/// <summary>
/// Runs asynchronous code on one thread and virtual time: every continuation goes through one queue, and the clock moves only
/// when the queue is empty and the test asks for it. The same test takes the same course each time, and waits cost nothing.
/// </summary>
/// <remarks>
/// Code under test must stay on its caller's context (no <c>ConfigureAwait(false)</c>, no thread pool); what strays shows as
/// a test that says it is stuck.
/// </remarks>
public sealed class VirtualWorld
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly Lock _lock = new();
    private (DateTimeOffset Until, TaskCompletionSource Done)? _advance;

    private VirtualWorld()
    {
    }

    public ManualTimeProvider Time { get; } = new();

    public DateTimeOffset Now => Time.GetUtcNow();

    public static void Run(Func<VirtualWorld, Task> test)
    {
        var world = new VirtualWorld();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(world));
        try
        {
            world.Pump(test(world));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Lets that much time pass: whatever is due happens at its moment, and everything that follows from it before the next.</summary>
    public Task AdvanceAsync(TimeSpan by)
    {
        if (_advance is not null) throw new InvalidOperationException("the clock is being advanced already");
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _advance = (Now + by, done);
        return done.Task;
    }

    public Task AdvanceAsync(double seconds) => AdvanceAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>Lets everything happen that can happen now.</summary>
    public Task SettleAsync() => AdvanceAsync(TimeSpan.Zero);

    /// <summary>Lets time pass until the task has ended, and returns its result; fails when it takes longer than <paramref name="atMost"/>.</summary>
    public async Task<T> ResultAsync<T>(Task<T> task, TimeSpan atMost)
    {
        await FinishAsync(task, atMost);
        return await task;
    }

    public async Task FinishAsync(Task task, TimeSpan atMost)
    {
        var limit = Now + atMost;
        await SettleAsync();
        while (!task.IsCompleted)
        {
            if (Time.NextDue is not { } next || next > limit) throw new TimeoutException($"not finished within {atMost} of virtual time");
            await AdvanceAsync(next > Now ? next - Now : TimeSpan.Zero);
        }

        await task;
    }

    private void Pump(Task test)
    {
        while (!test.IsCompleted)
        {
            if (TryNext(out var item)) item.Callback(item.State);
            else if (_advance is not { } advance) throw new InvalidOperationException("stuck: the test waits for something that neither the code nor the clock will bring");
            else if (!Time.FireNext(advance.Until))
            {
                Time.MoveTo(advance.Until);
                _advance = null;
                advance.Done.SetResult();
            }
        }

        if (test.Exception is { } failure) ExceptionDispatchInfo.Throw(failure.InnerExceptions.Count == 1 ? failure.InnerExceptions[0] : failure);
    }

    private bool TryNext(out (SendOrPostCallback Callback, object? State) item)
    {
        lock (_lock) return _ready.TryDequeue(out item);
    }

    private sealed class Context(VirtualWorld world) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (world._lock) world._ready.Enqueue((d, state));
        }

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public override SynchronizationContext CreateCopy() => this;
    }
}
