using System.Runtime.CompilerServices;

namespace Scheduler.Models;

/// <summary>
/// Extensions that inspect how a task ended instead of catching its exception. Each throw costs microseconds on every layer that it passes,
/// and refusals are frequent: while no BBS is active, every caller gets several per second.
/// </summary>
public static class TaskEnds
{
    /// <summary>Await this to continue on the caller's context when the task has ended, however it ended. Never throws.</summary>
    public static ConfiguredTaskAwaitable Ended(this Task task) =>
        task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>The exception that awaiting the ended task would throw; null if none.</summary>
    public static Exception? Failure(this Task ended) =>
        ended.IsCanceled ? new TaskCanceledException(ended) : ended.Exception?.InnerException;

    /// <summary>Returns a task with the same outcome, but with its failure translated. Nothing is thrown on the way.</summary>
    /// <param name="translate">Maps the exception that awaiting this task would throw to the one that awaiting the returned task
    /// throws.</param>
    public static Task<T> TranslateFailure<T>(this Task<T> task, Func<Exception, Exception> translate) =>
        task.IsCompletedSuccessfully ? task : task.EndAsync(translate, static ended => ended.Result);

    /// <inheritdoc cref="TranslateFailure{T}(Task{T}, Func{Exception, Exception})"/>
    public static Task TranslateFailure(this Task task, Func<Exception, Exception> translate) =>
        task.IsCompletedSuccessfully ? task : task.EndAsync(translate, static _ => true);

    /// <summary>Completes the task with the exception that awaiting it must throw.</summary>
    public static void Fail<T>(this TaskCompletionSource<T> source, Exception failure)
    {
        if (failure is OperationCanceledException cancelled)
            source.SetCanceled(cancelled.CancellationToken);
        else
            source.SetException(failure);
    }

    private static Task<TResult> EndAsync<TTask, TResult>(
        this TTask task,
        Func<Exception, Exception> translate,
        Func<TTask, TResult> resultOf
    )
        where TTask : Task
    {
        var translated = new TaskCompletionSource<TResult>();
        _ = WaitAsync();
        return translated.Task;

        async Task WaitAsync()
        {
            await task.Ended();
            if (task.Failure() is { } failure)
                translated.Fail(translate(failure));
            else
                translated.SetResult(resultOf(task));
        }
    }
}
