using System.CommandLine;
using Google.Protobuf;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler task list</c></summary>
internal static class TaskListCommand
{
    private static readonly string[] Columns = ["TASK", "DOMAIN", "STATE", "CELL", "AGE", "RESULT", "ROOTFS", "ANNOTATION"];

    private const int Narrow = 6;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("list", "List tasks; --json prints Tasks");
        var domain = new Option<string?>("--domain") { Description = "Only this domain", HelpName = "NAME" };
        var cell = new Option<string?>("--cell") { Description = "Only this cell", HelpName = "CELL" };
        command.Aliases.Add("ls");
        command.Options.Add(domain);
        command.Options.Add(cell);
        var watch = new WatchFlag(ofOne: false);
        watch.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                watch.ShowAsync(
                    parsed,
                    client,
                    new FollowRequest { Tasks = true },
                    Columns,
                    Narrow,
                    (session, printer, cancellation) =>
                        LoadAsync(session, printer, parsed.GetValue(domain) ?? "", parsed.GetValue(cell) ?? "", cancellation),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<Listing> LoadAsync(
        ClientSession session,
        Printer printer,
        string domain,
        string cell,
        CancellationToken cancellationToken
    )
    {
        var tasks = await session.TasksAsync(new ListTasksRequest { Domain = domain, CellId = cell }, cancellationToken);
        if (cell.Length > 0)
            tasks = [.. tasks.Where(Texts.IsOnCell)];
        return new Listing(
            [.. tasks.Select(task => new ListedRow(Row(task, printer), $"{task.State} {Texts.CellId(task)} {Outcome(task)}"))],
            [.. tasks.Select(task => (task.TaskGuid, (IMessage)task))],
            on => on.Table(Columns, [.. tasks.Select(task => Row(task, on))], narrow: Narrow)
        );
    }

    private static string[] Row(OneOffTask task, Printer printer) =>
        [
            task.TaskGuid,
            task.Domain,
            task.State.ToString().ToUpperInvariant(),
            Texts.OrDash(Texts.CellId(task)),
            printer.Age(task.CreatedAt),
            Outcome(task),
            Texts.OrDash(task.TaskDefinition?.RootFs ?? ""),
            Texts.OrDash(task.TaskDefinition?.Annotation ?? ""),
        ];

    internal static string Outcome(OneOffTask task) =>
        task switch
        {
            { Failed: true } => $"failed: {task.FailureReason}",
            { State: OneOffTask.Types.State.Pending, RejectionReason.Length: > 0 } => $"waiting: {task.RejectionReason}",
            _ => task.Result.ReplaceLineEndings(" ").Trim(),
        };
}
