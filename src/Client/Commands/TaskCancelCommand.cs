using System.CommandLine;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task cancel</c></summary>
internal static class TaskCancelCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("cancel", "Cancel a pending or running task; it completes as failed");
        var guid = new Argument<string>("NAME") { Description = "Task GUID" };
        command.Arguments.Add(guid);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var name = parsed.GetValue(guid)!;
                var call = session.Tasks.CancelAsync(new CancelTaskRequest { TaskGuid = name }, session.Call(cancellationToken));
                await Missing.TaskAsync(session, name, call.ResponseAsync, cancellationToken);
                client.Printer(parsed).Note($"{name}: cancelled");
                return ExitCodes.Ok;
            }
        );
        return command;
    }
}
