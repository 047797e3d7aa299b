using System.CommandLine;
using System.Globalization;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp get</c></summary>
internal static class LrpGetCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("get", "Show a process and its instances; --json prints the DesiredLRP, then the ActualLRPs");
        var guid = new Argument<string>("NAME") { Description = "Process GUID" };
        command.Arguments.Add(guid);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var app = await App.GetAsync(session, parsed.GetValue(guid)!, cancellationToken);
                var lrp = app.Current;
                var rows = await app.RowsAsync(session, cancellationToken);
                if (printer.IsJson)
                {
                    printer.Json(lrp);
                    foreach (var row in rows)
                        printer.Json(row);
                    return ExitCodes.Ok;
                }

                printer.Fields(
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
                printer.Line("");
                string[] columns = ["INDEX", "STATE", "CELL", "PORTS", "SINCE", "CRASHES", "REMARK"];
                if (app.ProcessGuids.Count == 1)
                    printer.Table(columns, [.. rows.Select(row => Row(row, lrp, printer))]);
                else
                    printer.Table(
                        ["PROCESS", .. columns],
                        [.. rows.Select(row => (string[])[row.ActualLrpKey.ProcessGuid, .. Row(row, lrp, printer)])]
                    );
                return ExitCodes.Ok;
            }
        );
        return command;
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
        ];

    private static string Command(LrpAction? action) =>
        action?.RunAction is not { } run ? "(several steps; see --json)"
        : run.Path.Length > 0 ? string.Join(' ', run.Args.Prepend(run.Path))
        : $"(the image's) {string.Join(' ', run.Args)}".TrimEnd();
}
