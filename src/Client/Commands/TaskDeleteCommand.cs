using System.CommandLine;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task delete</c></summary>
internal static class TaskDeleteCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("delete", "Delete a completed task and its result");
        var guid = new Argument<string>("NAME") { Description = "Task GUID" };
        command.Aliases.Add("rm");
        command.Arguments.Add(guid);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var name = parsed.GetValue(guid)!;
                var call = session.Tasks.GetAsync(new GetTaskRequest { TaskGuid = name }, session.Call(cancellationToken));
                var task = (await Missing.TaskAsync(session, name, call.ResponseAsync, cancellationToken)).Task;
                // Deleting a task means resolving it first; a task in state Resolving has already been resolved by someone.
                if (task.State != OneOffTask.Types.State.Resolving)
                    await session.Tasks.ResolveAsync(new ResolveTaskRequest { TaskGuid = name }, session.Call(cancellationToken));
                await session.Tasks.DeleteAsync(new DeleteTaskRequest { TaskGuid = name }, session.Call(cancellationToken));
                client.Printer(parsed).Note($"{name}: deleted");
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
