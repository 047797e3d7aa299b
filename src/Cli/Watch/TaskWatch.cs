using System.Runtime.CompilerServices;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Watch;

/// <summary>Waits for the end of a task: reads it once, then follows events from that revision on.</summary>
internal sealed class TaskWatch(CallInvoker bbs, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);
    private readonly TaskService.TaskServiceClient _tasks = new(bbs);
    private readonly EventService.EventServiceClient _events = new(bbs);

    /// <param name="seen">Called with the task at first and after each change.</param>
    /// <returns>The task as it ended; also when somebody has resolved and deleted it meanwhile.</returns>
    /// <exception cref="DomainException">Not within <paramref name="timeout"/>, or there is no such task.</exception>
    public async Task<OneOffTask> UntilEndedAsync(string taskGuid, TimeSpan timeout, Action<OneOffTask>? seen, CancellationToken cancellationToken)
    {
        OneOffTask? last = null;
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (true)
            {
                try
                {
                    await foreach (var task in ViewsAsync(taskGuid, either.Token))
                    {
                        last = task;
                        seen?.Invoke(task);
                        if (HasEnded(task))
                            return task;
                    }
                }
                catch (DomainException failure) when (failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.RevisionGone)
                {
                    // Another BBS is about to take over: the watch begins anew.
                }

                await Task.Delay(Retry, time, either.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DomainError(
                ErrorKind.Timeout,
                $"task {taskGuid} did not complete within {timeout.TotalSeconds:0} s: "
                + (last?.State.ToString().ToLowerInvariant() ?? "not seen")
                + (string.IsNullOrEmpty(last?.RejectionReason) ? "" : $" ({last.RejectionReason})")).ToException();
        }
    }

    public static bool HasEnded(OneOffTask task) => task.State is OneOffTask.Types.State.Completed or OneOffTask.Types.State.Resolving;

    private async IAsyncEnumerable<OneOffTask> ViewsAsync(
        string taskGuid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = await _tasks.GetAsync(new GetTaskRequest { TaskGuid = taskGuid }, cancellationToken: cancellationToken);
        yield return first.Task;
        using var call = _events.Follow(new FollowRequest { AfterRevision = first.Revision, Tasks = true }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var next = call.ResponseStream.Current;
            if ((next.TaskChanged?.After ?? next.TaskRemoved?.Task) is { } task && task.TaskGuid == taskGuid)
                yield return task;
        }
    }
}
