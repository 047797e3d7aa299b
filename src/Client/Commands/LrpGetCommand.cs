using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp get</c></summary>
internal static class LrpGetCommand
{
    private static readonly string[] Columns = ["INDEX", "STATE", "CELL", "PORTS", "SINCE", "CRASHES", "REMARK", "ZONE", "ADDRESS", "GUID"];

    private const int Narrow = 7;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("get", "Show a process and its instances; --json prints the DesiredLRP, then the ActualLRPs");
        var guid = new Argument<string>("NAME") { Description = "Process GUID" };
        command.Arguments.Add(guid);
        var watch = new WatchFlag(ofOne: true);
        watch.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                watch.ShowAsync(
                    parsed,
                    client,
                    new FollowRequest { Lrps = true },
                    // Rows of several versions may come one after the other.
                    ["INSTANCE", .. Columns[1..]],
                    Narrow,
                    (session, printer, cancellation) => LoadAsync(session, printer, parsed.GetValue(guid)!, cancellation),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<Listing> LoadAsync(ClientSession session, Printer printer, string guid, CancellationToken cancellationToken)
    {
        var app = await App.GetAsync(session, guid, cancellationToken);
        var rows = await app.RowsAsync(session, cancellationToken);
        return new Listing(
            [.. rows.Select(row => new ListedRow([Instance(row), .. Row(row, app.Current, printer)[1..]], row.ToString()))],
            [(app.Name, app.Current), .. rows.Select(row => (Key(row), (IMessage)row))],
            on => Draw(on, app, rows)
        );
    }

    // A slot has several rows while an instance replaces another.
    private static string Key(ActualLRP row) =>
        row.Presence == ActualLRP.Types.Presence.Ordinary ? Instance(row) : $"{Instance(row)} ({row.Presence})";

    private static string Instance(ActualLRP row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}");

    private static void Draw(Printer on, App app, IReadOnlyList<ActualLRP> rows)
    {
        var lrp = app.Current;
        on.Fields(
            ("process", app.Name),
            ("version", app.Versions is { } versions ? RolloutTexts.Of(versions) : ""),
            ("domain", lrp.Domain),
            ("root filesystem", lrp.RootFs),
            ("command", Command(lrp.Action)),
            ("instances", lrp.Instances.ToString(CultureInfo.InvariantCulture)),
            ("memory", Texts.Megabytes(lrp.MemoryMb)),
            ("disk", Texts.Megabytes(lrp.DiskMb)),
            ("ports", string.Join(", ", lrp.Ports)),
            ("placement tags", string.Join(", ", lrp.PlacementTags)),
            (
                "routes",
                lrp.Routes is null
                    ? ""
                    : string.Join(
                        " ",
                        lrp.Routes.Routes.Where(route => route.Key != RouteKeys.Versions)
                            .OrderBy(route => route.Key, StringComparer.Ordinal)
                            .Select(route => $"{route.Key} {route.Value.ToStringUtf8()}")
                    )
            ),
            ("annotation", lrp.Annotation)
        );
        on.Line("");
        if (app.ProcessGuids.Count == 1)
            on.Table(Columns, [.. rows.Select(row => Row(row, lrp, on))], narrow: Narrow);
        else
            on.Table(
                ["PROCESS", .. Columns],
                [.. rows.Select(row => (string[])[row.ActualLrpKey.ProcessGuid, .. Row(row, lrp, on)])],
                narrow: Narrow + 1
            );
    }

    private static string[] Row(ActualLRP row, DesiredLRP lrp, Printer printer) =>
        [
            row.ActualLrpKey.Index.ToString(CultureInfo.InvariantCulture),
            row.State,
            Texts.OrDash(row.ActualLrpInstanceKey?.CellId ?? ""),
            Texts.Ports(row.ActualLrpNetInfo),
            printer.Age(row.Since),
            row.CrashCount.ToString(CultureInfo.InvariantCulture),
            Texts.Remark(row, lrp.VolumeMounts),
            Texts.OrDash(row.AvailabilityZone),
            Texts.OrDash(row.ActualLrpNetInfo?.InstanceAddress ?? ""),
            Texts.OrDash(row.ActualLrpInstanceKey?.InstanceGuid ?? ""),
        ];

    private static string Command(LrpAction? action) =>
        action?.RunAction is not { } run ? "(several steps; see --json)"
        : run.Path.Length > 0 ? string.Join(' ', run.Args.Prepend(run.Path))
        : $"(the image's) {string.Join(' ', run.Args)}".TrimEnd();
}
