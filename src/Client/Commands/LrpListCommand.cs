using System.CommandLine;
using Google.Protobuf;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp list</c></summary>
internal static class LrpListCommand
{
    private static readonly string[] Columns =
    [
        "PROCESS",
        "DOMAIN",
        "RUNNING",
        "MEMORY",
        "DISK",
        "ROOTFS",
        "REMARK",
        "PORTS",
        "ROUTES",
        "TAGS",
    ];

    private const int Narrow = 7;

    public static Command Create(ClientOptions client)
    {
        var command = new Command("list", "List processes and how many of their instances are running; --json prints DesiredLRPs");
        var domain = new Option<string?>("--domain") { Description = "Only this domain", HelpName = "NAME" };
        command.Aliases.Add("ls");
        command.Options.Add(domain);
        var watch = new WatchFlag(ofOne: false);
        watch.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                watch.ShowAsync(
                    parsed,
                    client,
                    new FollowRequest { Lrps = true },
                    Columns,
                    Narrow,
                    (session, printer, cancellation) => LoadAsync(session, printer, parsed.GetValue(domain) ?? "", cancellation),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<Listing> LoadAsync(ClientSession session, Printer printer, string domain, CancellationToken cancellationToken)
    {
        var lrps = await session.DesiredLrpsAsync(new ListDesiredLRPsRequest { Domain = domain }, cancellationToken);
        // Programs are not shown them.
        var (rows, _) = printer.IsJson
            ? ([], 0)
            : await session.ActualLrpsAsync(new ListActualLRPsRequest { Domain = domain }, cancellationToken);
        var byProcess = rows.ToLookup(row => row.ActualLrpKey.ProcessGuid);
        var listed = ListedApp
            .Of(lrps)
            .Select(app => new ListedRow(Row(app, [.. app.ProcessGuids.SelectMany(guid => byProcess[guid])])))
            .ToList();
        return new Listing(
            listed,
            [.. lrps.Select(lrp => (lrp.ProcessGuid, (IMessage)lrp))],
            on => on.Table(Columns, [.. listed.Select(row => row.Cells)], narrow: Narrow)
        );
    }

    private static string[] Row(ListedApp app, IReadOnlyList<ActualLRP> rows)
    {
        var lrp = app.Current;
        var running = rows.Where(row => row.State == ActualLrpStateNames.Running)
            .Select(row => (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index))
            .Distinct()
            .Count();
        return
        [
            app.Name,
            lrp.Domain,
            $"{running}/{app.Instances}",
            Texts.Megabytes(lrp.MemoryMb),
            Texts.Megabytes(lrp.DiskMb),
            lrp.RootFs,
            string.Join("; ", Remarks(app, rows)),
            Texts.OrDash(string.Join(',', lrp.Ports)),
            Texts.OrDash(string.Join(',', RouteUrls.HostnamesOf(lrp.Routes).Select(route => route.Hostname))),
            Texts.OrDash(string.Join(',', lrp.PlacementTags)),
        ];
    }

    private static IEnumerable<string> Remarks(ListedApp app, IReadOnlyList<ActualLRP> rows)
    {
        if (app.Versions?.Rollout is { } rollout)
            yield return RolloutTexts.Direction(rollout);
        if (rows.Select(row => Texts.Remark(row)).FirstOrDefault(remark => remark.Length > 0) is { } remark)
            yield return remark;
    }
}
