using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task list</c></summary>
internal static class TaskListCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("list", "List tasks; --json prints Tasks");
        var domain = new Option<string?>("--domain") { Description = "Only this domain", HelpName = "NAME" };
        var cell = new Option<string?>("--cell") { Description = "Only this cell", HelpName = "CELL" };
        command.Aliases.Add("ls");
        command.Options.Add(domain);
        command.Options.Add(cell);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var tasks = await session.TasksAsync(
                    new ListTasksRequest { Domain = parsed.GetValue(domain) ?? "", CellId = parsed.GetValue(cell) ?? "" },
                    cancellationToken
                );
                if (parsed.GetValue(cell) is not null)
                    tasks = [.. tasks.Where(Texts.IsOnCell)];
                if (printer.IsJson)
                {
                    foreach (var task in tasks)
                        printer.Json(task);
                    return ExitCodes.Ok;
                }

                printer.Table(
                    ["TASK", "DOMAIN", "STATE", "CELL", "AGE", "RESULT"],
                    [
                        .. tasks.Select(task =>
                            new[]
                            {
                                task.TaskGuid,
                                task.Domain,
                                task.State.ToString().ToUpperInvariant(),
                                Texts.OrDash(Texts.CellId(task)),
                                printer.Age(task.CreatedAt),
                                Outcome(task),
                            }
                        ),
                    ]
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    internal static string Outcome(OneOffTask task) =>
        task switch
        {
            { Failed: true } => $"failed: {task.FailureReason}",
            { State: OneOffTask.Types.State.Pending, RejectionReason.Length: > 0 } => $"waiting: {task.RejectionReason}",
            _ => task.Result.ReplaceLineEndings(" ").Trim(),
        };
}
