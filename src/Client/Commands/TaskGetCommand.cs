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
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var name = parsed.GetValue(guid)!;
                var call = session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = name }, session.Call(cancellationToken));
                var task = (await Missing.TaskAsync(session, name, call.ResponseAsync, cancellationToken)).Task;
                if (printer.IsJson)
                {
                    printer.Json(task);
                    return ExitCodes.Ok;
                }

                var mounts = task.TaskDefinition?.VolumeMounts ?? [];
                printer.Fields(
                    ("task", task.TaskGuid),
                    ("domain", task.Domain),
                    ("state", task.State.ToString().ToUpperInvariant()),
                    ("cell", Texts.CellId(task)),
                    ("created", $"{printer.Age(task.CreatedAt)} ago"),
                    ("root filesystem", task.TaskDefinition?.RootFs ?? ""),
                    ("failed", task.Failed ? Texts.Placement(task.FailureReason, mounts) : ""),
                    ("rejected", Texts.Placement(task.RejectionReason, mounts)),
                    ("result", task.Result),
                    ("annotation", task.TaskDefinition?.Annotation ?? "")
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
