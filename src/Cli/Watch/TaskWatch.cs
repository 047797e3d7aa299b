using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Watch;

/// <summary>Waits for the end of a task by events.</summary>
internal sealed class TaskWatch(EventService.EventServiceClient events, TimeProvider time)
{
    /// <returns>The task, Completed or already Resolving.</returns>
    /// <exception cref="DomainException">Not within <paramref name="timeout"/>, or it is gone.</exception>
    public async Task<OneOffTask> UntilCompletedAsync(string taskGuid, TimeSpan timeout, CancellationToken cancellationToken)
    {
        OneOffTask? last = null;
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (true)
            {
                using var call = events.Follow(new FollowRequest { Snapshot = true, Tasks = true }, cancellationToken: either.Token);
                while (await call.ResponseStream.MoveNext(either.Token))
                {
                    var next = call.ResponseStream.Current;
                    var seen = next.TaskCreated?.Task ?? next.TaskChanged?.After;
                    if (seen?.TaskGuid == taskGuid)
                        last = seen;
                    if (last?.State is OneOffTask.Types.State.Completed or OneOffTask.Types.State.Resolving)
                        return last;
                    if (next.TaskRemoved?.Task.TaskGuid == taskGuid || (next.PayloadCase == Event.PayloadOneofCase.SnapshotComplete && last is null))
                        throw DomainError.NotFound($"task {taskGuid}").ToException();
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DomainError(
                ErrorKind.Timeout,
                $"task {taskGuid} is {last?.State} after {timeout.TotalSeconds:0} s"
                + (string.IsNullOrEmpty(last?.RejectionReason) ? "" : $": {last.RejectionReason}")).ToException();
        }
    }
}
