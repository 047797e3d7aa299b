using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler cell list</c></summary>
internal static class CellListCommand
{
    private static readonly string[] Columns =
    [
        "CELL",
        "ZONE",
        "MEMORY",
        "DISK",
        "CONTAINERS",
        "LRPS",
        "ROOT FILESYSTEMS",
        "TAGS",
        "URL",
        "ANNOTATIONS",
    ];

    private const int Narrow = 9;

    public static Command Create(ClientOptions client)
    {
        var command = new Command(
            "list",
            "List present cells, and absent cells that still own work; --json prints CellPresences, then AbsentCells"
        );
        command.Aliases.Add("ls");
        var watch = new WatchFlag(ofOne: false);
        watch.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                watch.ShowAsync(
                    parsed,
                    client,
                    new FollowRequest { Lrps = true, DomainsAndCells = true },
                    Columns,
                    Narrow,
                    LoadAsync,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<Listing> LoadAsync(ClientSession session, Printer printer, CancellationToken cancellationToken)
    {
        var listed = await session.Cells.ListAsync(new ListCellsRequest(), session.Call(cancellationToken));
        var cells = listed.Cells.OrderBy(cell => cell.CellId, StringComparer.Ordinal).ToArray();
        IReadOnlyList<(string, IMessage)> objects =
        [
            .. cells.Select(cell => (cell.CellId, (IMessage)cell)),
            .. listed.Absent.Select(absent => ($"{absent.CellId} (absent)", (IMessage)absent)),
        ];
        if (printer.IsJson)
            return new Listing([], objects, _ => { });
        var (rows, _) = await session.ActualLrpsAsync(new ListActualLRPsRequest(), cancellationToken);
        var byCell = rows.Where(row => row.ActualLrpInstanceKey is not null).ToLookup(row => row.ActualLrpInstanceKey.CellId);
        IReadOnlyList<OneOffTask> tasks =
            listed.Absent.Count > 0 ? await session.TasksAsync(new ListTasksRequest(), cancellationToken) : [];
        var table = cells.Select(cell => Row(cell, byCell[cell.CellId].Count())).ToList();
        return new Listing(
            [
                .. table.Select(cell => new ListedRow(cell)),
                .. listed.Absent.Select(cell => new ListedRow([cell.CellId, LossTexts.Standing(cell)])),
            ],
            objects,
            on =>
            {
                on.Table(Columns, table, narrow: Narrow);
                if (listed.Absent.Count > 0)
                    Absent(on, listed, byCell, tasks, session.Time.GetUtcNow());
            }
        );
    }

    private static void Absent(
        Printer printer,
        ListCellsResponse listed,
        ILookup<string, ActualLRP> byCell,
        IEnumerable<OneOffTask> tasks,
        DateTimeOffset now
    )
    {
        var running = tasks.Where(task => task.State == OneOffTask.Types.State.Running).ToLookup(task => task.CellId);
        printer.Line("");
        printer.Table(
            ["ABSENT", "STATE", "SINCE", "LRPS", "TASKS", "REMARK"],
            [
                .. listed.Absent.Select(cell =>
                    new[]
                    {
                        cell.CellId,
                        LossTexts.Standing(cell),
                        printer.Age(cell.Since),
                        byCell[cell.CellId].Count().ToString(CultureInfo.InvariantCulture),
                        running[cell.CellId].Count().ToString(CultureInfo.InvariantCulture),
                        LossTexts.Remark(cell, now),
                    }
                ),
            ]
        );
        if (listed.Loss is not { } loss)
            return;
        printer.Line("");
        printer.Line(LossTexts.Describe(loss, now));
        printer.Line("\"cell lose\" gives cells up now; \"cell keep\" prevents it for a time.");
    }

    internal static string[] Row(CellPresence cell, int lrps) =>
        [
            cell.CellId,
            Texts.OrDash(cell.Zone),
            Texts.Megabytes(cell.Capacity?.MemoryMb ?? 0),
            Texts.Megabytes(cell.Capacity?.DiskMb ?? 0),
            (cell.Capacity?.Containers ?? 0).ToString(CultureInfo.InvariantCulture),
            lrps.ToString(CultureInfo.InvariantCulture),
            Texts.OrDash(string.Join(' ', cell.RootfsProviders.Select(Provider))),
            Texts.OrDash(Tags(cell)),
            cell.RepUrl,
            Texts.OrDash(
                string.Join(',', cell.Annotations.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}={one.Value}"))
            ),
        ];

    internal static string Provider(Provider provider) =>
        provider.Properties.Count == 0 ? provider.Name : $"{provider.Name}:{string.Join(',', provider.Properties)}";

    internal static string Tags(CellPresence cell) =>
        string.Join(',', cell.PlacementTags.Concat(cell.OptionalPlacementTags.Select(tag => tag + "?")));
}
