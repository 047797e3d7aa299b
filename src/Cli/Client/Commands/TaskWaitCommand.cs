using System.CommandLine;
using Scheduler.Cli.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Cli.Client.Commands;

/// <summary><c>scheduler task wait</c></summary>
internal static class TaskWaitCommand
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    public static Command Create(ClientOptions client)
    {
        var command = new Command("wait", "Wait for a task to end and print its result; exit code 1 when it failed");
        var guid = new Argument<string>("NAME") { Description = "The task guid" };
        var limit = new WaitFlags("the task has ended");
        command.Arguments.Add(guid);
        limit.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = client.Open(parsed);
            return await WaitAsync(session, client.Printer(parsed), parsed.GetValue(guid)!, limit.Limit(parsed), cancellationToken);
        });
        return command;
    }

    /// <summary>Prints the result of a task that succeeded to stdout, the reason of one that failed to stderr.</summary>
    public static async Task<int> WaitAsync(ClientSession session, Printer printer, string taskGuid, TimeSpan limit, CancellationToken cancellationToken)
    {
        var task = await printer.WatchAsync(progress => UntilEndedAsync(session, taskGuid, limit, progress, cancellationToken));
        if (printer.IsJson)
            printer.Json(task);
        else if (task.Failed)
            printer.Aside($"error: {taskGuid} failed: {task.FailureReason}");
        else
            printer.Note(task.Result);
        return task.Failed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static async Task<OneOffTask> UntilEndedAsync(ClientSession session, string taskGuid, TimeSpan limit, Action<string> progress, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, session.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var last = "nothing was seen of it";
        try
        {
            while (true)
            {
                var seen = await session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = taskGuid }, session.Call(both.Token));
                progress(last = Describe(seen.Task));
                if (HasEnded(seen.Task))
                    return seen.Task;
                if (await FollowAsync(seen.Revision) is { } ended)
                    return ended;
                await Task.Delay(Retry, session.Time, both.Token);
            }
        }
        catch (OperationCanceledException failure) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DomainException(new DomainError(ErrorKind.Timeout, $"not within {Texts.Span(limit)}: {last}"), failure);
        }

        async Task<OneOffTask?> FollowAsync(ulong revision)
        {
            try
            {
                using var call = session.Events.Follow(new FollowRequest { AfterRevision = revision, Tasks = true }, ClientSession.Endless(both.Token));
                while (await call.ResponseStream.MoveNext(both.Token))
                {
                    var task = call.ResponseStream.Current switch
                    {
                        { TaskChanged.After: { } after } => after,
                        { TaskRemoved.Task: { } removed } => removed,
                        _ => null,
                    };
                    if (task?.TaskGuid != taskGuid)
                        continue;
                    progress(last = Describe(task));
                    if (HasEnded(task) || call.ResponseStream.Current.PayloadCase == Event.PayloadOneofCase.TaskRemoved)
                        return task;
                }
            }
            catch (DomainException)
            {
                // The stream is gone: the caller reads the task again and follows from there.
            }

            return null;
        }
    }

    private static bool HasEnded(OneOffTask task) => task.State is OneOffTask.Types.State.Completed or OneOffTask.Types.State.Resolving;

    private static string Describe(OneOffTask task) =>
        $"{task.TaskGuid}: {task.State.ToString().ToLowerInvariant()}{(task.CellId.Length > 0 ? $" on {task.CellId}" : "")}{(task.RejectionReason.Length > 0 && !HasEnded(task) ? $" ({task.RejectionReason})" : "")}";
}
