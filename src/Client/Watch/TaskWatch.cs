using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Watch;

/// <summary>Waits until a task ends: reads it once, then follows the events after that revision.</summary>
internal sealed class TaskWatch(CallInvoker bbs, TimeProvider time)
{
    private readonly TaskService.TaskServiceClient _tasks = new(bbs);

    /// <param name="seen">Called with the task at first and after each change.</param>
    /// <returns>The ended task, even if it has been resolved and deleted in the meantime.</returns>
    /// <exception cref="DomainException">Not ended within <paramref name="timeout"/>, or the task does not exist.</exception>
    public async Task<OneOffTask> UntilEndedAsync(
        string taskGuid,
        TimeSpan timeout,
        Action<OneOffTask>? seen,
        CancellationToken cancellationToken
    )
    {
        OneOffTask? last = null;
        await FollowedUntil.RunAsync(
            bbs,
            new FollowRequest { Tasks = true },
            LoadAsync,
            Apply,
            () =>
            {
                seen?.Invoke(last!);
                return HasEnded(last!);
            },
            () =>
                $"task {taskGuid} did not complete within {timeout.TotalSeconds:0} s: "
                + (last?.State.ToString().ToLowerInvariant() ?? "not seen")
                + (string.IsNullOrEmpty(last?.RejectionReason) ? "" : $" ({last.RejectionReason})"),
            timeout,
            time,
            cancellationToken
        );
        return last!;

        async Task<ulong> LoadAsync(CancellationToken cancellation)
        {
            var read = await _tasks.GetAsync(new GetTaskRequest { TaskGuid = taskGuid }, cancellationToken: cancellation);
            last = read.Task;
            return read.Revision;
        }

        bool Apply(Event next)
        {
            if ((next.TaskChanged?.After ?? next.TaskRemoved?.Task) is not { } task || task.TaskGuid != taskGuid)
                return false;
            last = task;
            return true;
        }
    }

    public static bool HasEnded(OneOffTask task) => task.State is OneOffTask.Types.State.Completed or OneOffTask.Types.State.Resolving;
}
