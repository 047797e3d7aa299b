using System.CommandLine;
using System.Globalization;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell get</c></summary>
internal static class CellGetCommand
{
    private static readonly string[] Columns = ["WORK", "STATE", "PORTS", "SINCE", "REMARK", "ADDRESS", "GUID"];

    private const int Narrow = 5;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("get", "Show a cell and its work; --json prints the CellPresence");
        var id = new Argument<string>("CELL") { Description = "Cell ID" };
        command.Arguments.Add(id);
        var watch = new WatchFlag(ofOne: true);
        watch.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                watch.ShowAsync(
                    parsed,
                    client,
                    new FollowRequest
                    {
                        Lrps = true,
                        Tasks = true,
                        DomainsAndCells = true,
                        CellId = parsed.GetValue(id)!,
                    },
                    Columns,
                    Narrow,
                    (session, printer, cancellation) => LoadAsync(session, printer, parsed.GetValue(id)!, cancellation),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<Listing> LoadAsync(ClientSession session, Printer printer, string id, CancellationToken cancellationToken)
    {
        var cell = await session.CellAsync(id, cancellationToken);
        if (printer.IsJson)
            return new Listing([], [(cell.CellId, cell)], _ => { });
        var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest { CellId = cell.CellId }, cancellationToken);
        var tasks = (await session.TasksAsync(new ListTasksRequest { CellId = cell.CellId }, cancellationToken))
            .Where(Texts.IsOnCell)
            .ToList();
        return new Listing(
            [
                .. rows.Select(row => new ListedRow(Row(row, printer), row.ToString())),
                .. tasks.Select(task => new ListedRow(Row(task, printer), task.State.ToString())),
            ],
            [],
            on =>
            {
                on.Fields(
                    ("cell", cell.CellId),
                    ("zone", cell.Zone),
                    ("memory", Texts.Megabytes(cell.Capacity?.MemoryMb ?? 0)),
                    ("disk", Texts.Megabytes(cell.Capacity?.DiskMb ?? 0)),
                    ("containers", (cell.Capacity?.Containers ?? 0).ToString(CultureInfo.InvariantCulture)),
                    ("root filesystems", string.Join(' ', cell.RootfsProviders.Select(CellListCommand.Provider))),
                    ("tags", CellListCommand.Tags(cell)),
                    ("url", cell.RepUrl)
                );
                on.Line("");
                on.Table(Columns, [.. rows.Select(row => Row(row, on)), .. tasks.Select(task => Row(task, on))], narrow: Narrow);
            }
        );
    }

    private static string[] Row(ActualLRP row, Printer printer) =>
        [
            $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}",
            row.State,
            Texts.Ports(row.ActualLrpNetInfo),
            printer.Age(row.Since),
            Texts.Remark(row),
            Texts.OrDash(row.ActualLrpNetInfo?.InstanceAddress ?? ""),
            Texts.OrDash(row.ActualLrpInstanceKey?.InstanceGuid ?? ""),
        ];

    private static string[] Row(OneOffTask task, Printer printer) =>
        [
            task.TaskGuid,
            task.State.ToString().ToUpperInvariant(),
            "-",
            printer.Age(task.UpdatedAt),
            TaskListCommand.Outcome(task),
            "-",
            "-",
        ];
}
