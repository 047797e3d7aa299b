using Scheduler.Models;

namespace Scheduler.Hosting;

/// <summary>
/// Waiting on tasks without leaving the caller's context. <see cref="Task.WhenAny(Task[])"/> and
/// <see cref="Task.WaitAsync(CancellationToken)"/> continue on the thread pool when a source completes asynchronously; an await of the
/// source in between keeps the order of events that a single-threaded simulation relies on.
/// </summary>
public static class Waits
{
    // A timer cannot be set to more than 49 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    /// <summary>Returns when either task has ended, however it ended; throws only if <paramref name="cancellation"/> fires.</summary>
    public static async Task EitherAsync(Task one, Task other, CancellationToken cancellation)
    {
        if (one.IsCompleted || other.IsCompleted)
            return;
        await Task.WhenAny(EndAsync(one), EndAsync(other)).WaitAsync(cancellation);
    }

    /// <summary>Whether the task ended within the limit; does not wait if the limit is zero or less.</summary>
    public static async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        for (var remaining = limit; !task.IsCompleted && remaining > TimeSpan.Zero; remaining -= LongestTimer)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var delay = Task.Delay(remaining < LongestTimer ? remaining : LongestTimer, time, timer.Token);
            await Task.WhenAny(EndAsync(task), EndAsync(delay));
            timer.Cancel();
            cancellation.ThrowIfCancellationRequested();
        }

        return task.IsCompleted;
    }

    /// <summary>The task's result, or cancellation.</summary>
    public static async Task<T> ForAsync<T>(Task<T> task, CancellationToken cancellation)
    {
        if (!task.IsCompleted)
            await EndAsync(task).WaitAsync(cancellation);
        return await task;
    }

    /// <summary>Ends when the task has ended; never fails. It only waits: the task's owner checks the outcome.</summary>
    public static async Task EndAsync(Task task) => await task.Ended();

    /// <summary>The same, or cancellation.</summary>
    public static Task EndAsync(Task task, CancellationToken cancellation) => EndAsync(task).WaitAsync(cancellation);
}
