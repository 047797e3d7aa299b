using System.CommandLine;
using System.Globalization;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;

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
                var request = new GetDesiredLRPRequest { ProcessGuid = parsed.GetValue(guid)! };
                var lrp = (await session.DesiredLrps.GetAsync(request, session.Call(cancellationToken))).DesiredLrp;
                var (rows, _) = await session.ActualLrpsAsync(
                    new ListActualLRPsRequest { ProcessGuid = lrp.ProcessGuid },
                    cancellationToken
                );
                if (printer.IsJson)
                {
                    printer.Json(lrp);
                    foreach (var row in rows)
                        printer.Json(row);
                    return ExitCodes.Ok;
                }

                printer.Fields(
                    ("process", lrp.ProcessGuid),
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
                                lrp.Routes.Routes.OrderBy(route => route.Key, StringComparer.Ordinal)
                                    .Select(route => $"{route.Key} {route.Value.ToStringUtf8()}")
                            )
                    ),
                    ("annotation", lrp.Annotation)
                );
                printer.Line("");
                printer.Table(
                    ["INDEX", "STATE", "CELL", "PORTS", "SINCE", "CRASHES", "REMARK"],
                    [.. rows.Select(row => Row(row, lrp, printer))]
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
