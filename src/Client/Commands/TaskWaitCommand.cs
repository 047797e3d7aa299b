using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Client.Watch;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task wait</c></summary>
internal static class TaskWaitCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("wait", "Wait for a task to complete and print its result; exit code 1 if it failed");
        var guid = new Argument<string>("NAME") { Description = "Task GUID" };
        var limit = new WaitFlags("the task has completed");
        command.Arguments.Add(guid);
        limit.AddLimitTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                return await WaitAsync(session, client.Printer(parsed), parsed.GetValue(guid)!, limit.Limit(parsed), cancellationToken);
            }
        );
        return command;
    }

    /// <summary>Prints the result of a successful task to stdout, or the failure reason to stderr.</summary>
    public static async Task<int> WaitAsync(
        ClientSession session,
        Printer printer,
        string taskGuid,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        var task = await UntilEndedAsync(session, printer, taskGuid, limit, cancellationToken);
        if (printer.IsJson)
            printer.Json(task);
        else if (task.Failed)
            printer.Aside($"error: {taskGuid} failed: {task.FailureReason}");
        else
            printer.Note(task.Result);
        return task.Failed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    /// <summary>Shows how a task goes until it has ended.</summary>
    /// <exception cref="Models.DomainException">There is no such task, or it has not ended within the limit.</exception>
    public static async Task<OneOffTask> UntilEndedAsync(
        ClientSession session,
        Printer printer,
        string taskGuid,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        var ended = printer.WatchAsync(progress =>
            PullWatch.DuringAsync(
                session,
                progress,
                show => session.TaskWatch.UntilEndedAsync(taskGuid, limit, seen => show(Describe(seen), OnCell(seen)), cancellationToken),
                cancellationToken
            )
        );
        return await Missing.TaskAsync(session, taskGuid, ended, cancellationToken);
    }

    private static IEnumerable<(string Container, string Cell)> OnCell(OneOffTask task) =>
        Texts.IsOnCell(task) && !TaskWatch.HasEnded(task) ? [(task.TaskGuid, task.CellId)] : [];

    private static string Describe(OneOffTask task) =>
        $"{task.TaskGuid}: {task.State.ToString().ToLowerInvariant()}{Texts.Cell(task)}{(task.RejectionReason.Length > 0 && !TaskWatch.HasEnded(task) ? $" ({task.RejectionReason})" : "")}";
}
