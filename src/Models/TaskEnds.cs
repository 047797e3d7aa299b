using System.Runtime.CompilerServices;

namespace Scheduler.Models;

/// <summary>
/// Looks at how a task ended instead of catching what it throws. Each throw costs microseconds on each layer that it passes, and
/// refusals come in crowds: while there is no active BBS, every caller meets some several times a second.
/// </summary>
public static class TaskEnds
{
    /// <summary>To await: continues on the caller's context when the task has ended, however it ended. Never throws.</summary>
    public static ConfiguredTaskAwaitable Ended(this Task task) =>
        task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>What awaiting the ended task would throw; null if nothing.</summary>
    public static Exception? Failure(this Task ended) =>
        ended.IsCanceled ? new TaskCanceledException(ended) : ended.Exception?.InnerException;

    /// <summary>A task that ends as this one does, but for failures: those become what is made of them, and nothing is thrown on the way.</summary>
    /// <param name="translate">From what awaiting this task would throw to what awaiting the returned one throws.</param>
    public static Task<T> TranslateFailure<T>(this Task<T> task, Func<Exception, Exception> translate)
    {
        if (task.IsCompletedSuccessfully) return task;
        var translated = new TaskCompletionSource<T>();
        _ = EndAsync();
        return translated.Task;

        async Task EndAsync()
        {
            await task.Ended();
            if (task.Failure() is not { } failure) translated.SetResult(await task);
            else Fail(translate(failure));
        }

        void Fail(Exception failure)
        {
            if (failure is OperationCanceledException cancelled) translated.SetCanceled(cancelled.CancellationToken);
            else translated.SetException(failure);
        }
    }
}
