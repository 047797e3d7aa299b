using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task get</c></summary>
internal static class TaskGetCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("get", "Show a task; --json prints the Task");
        var guid = new Argument<string>("NAME") { Description = "Task GUID" };
        command.Arguments.Add(guid);
        var watch = new WatchFlag(ofOne: true);
        watch.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                watch.ShowAsync(
                    parsed,
                    client,
                    new FollowRequest { Tasks = true },
                    ["TASK", "STATE", "CELL", "RESULT"],
                    4,
                    (session, _, cancellation) => LoadAsync(session, parsed.GetValue(guid)!, cancellation),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<Listing> LoadAsync(ClientSession session, string guid, CancellationToken cancellationToken)
    {
        var call = session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = guid }, session.Call(cancellationToken));
        var task = (await Missing.TaskAsync(session, guid, call.ResponseAsync, cancellationToken)).Task;
        return new Listing(
            [
                new ListedRow([
                    task.TaskGuid,
                    task.State.ToString().ToUpperInvariant(),
                    Texts.OrDash(Texts.CellId(task)),
                    TaskListCommand.Outcome(task),
                ]),
            ],
            [(task.TaskGuid, task)],
            on => Draw(on, task)
        );
    }

    private static void Draw(Printer on, OneOffTask task)
    {
        var mounts = task.TaskDefinition?.VolumeMounts ?? [];
        on.Fields(
            ("task", task.TaskGuid),
            ("domain", task.Domain),
            ("state", task.State.ToString().ToUpperInvariant()),
            ("cell", Texts.CellId(task)),
            ("created", $"{on.Age(task.CreatedAt)} ago"),
            ("root filesystem", task.TaskDefinition?.RootFs ?? ""),
            ("failed", task.Failed ? Texts.Placement(task.FailureReason, mounts) : ""),
            ("rejected", Texts.Placement(task.RejectionReason, mounts)),
            ("result", task.Result),
            ("annotation", task.TaskDefinition?.Annotation ?? "")
        );
    }
}
