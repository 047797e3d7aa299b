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
    public static Task<T> TranslateFailure<T>(this Task<T> task, Func<Exception, Exception> translate) =>
        task.IsCompletedSuccessfully ? task : task.EndAsync(translate, static ended => ended.Result);

    /// <inheritdoc cref="TranslateFailure{T}(Task{T}, Func{Exception, Exception})"/>
    public static Task TranslateFailure(this Task task, Func<Exception, Exception> translate) =>
        task.IsCompletedSuccessfully ? task : task.EndAsync(translate, static _ => true);

    /// <summary>Ends the task with what awaiting it is to throw.</summary>
    public static void Fail<T>(this TaskCompletionSource<T> source, Exception failure)
    {
        if (failure is OperationCanceledException cancelled) source.SetCanceled(cancelled.CancellationToken);
        else source.SetException(failure);
    }

    private static Task<TResult> EndAsync<TTask, TResult>(this TTask task, Func<Exception, Exception> translate, Func<TTask, TResult> resultOf)
        where TTask : Task
    {
        var translated = new TaskCompletionSource<TResult>();
        _ = WaitAsync();
        return translated.Task;

        async Task WaitAsync()
        {
            await task.Ended();
            if (task.Failure() is { } failure) translated.Fail(translate(failure));
            else translated.SetResult(resultOf(task));
        }
    }
}
