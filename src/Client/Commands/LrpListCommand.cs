using System.CommandLine;
using Scheduler.Client.Output;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp list</c></summary>
internal static class LrpListCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("list", "List processes and how many of their instances are running; --json prints DesiredLRPs");
        var domain = new Option<string?>("--domain") { Description = "Only this domain", HelpName = "NAME" };
        command.Aliases.Add("ls");
        command.Options.Add(domain);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var lrps = await session.DesiredLrpsAsync(
                    new ListDesiredLRPsRequest { Domain = parsed.GetValue(domain) ?? "" },
                    cancellationToken
                );
                if (printer.IsJson)
                {
                    foreach (var lrp in lrps)
                        printer.Json(lrp);
                    return ExitCodes.Ok;
                }

                var (rows, _) = await session.ActualLrpsAsync(
                    new ListActualLRPsRequest { Domain = parsed.GetValue(domain) ?? "" },
                    cancellationToken
                );
                var byProcess = rows.ToLookup(row => row.ActualLrpKey.ProcessGuid);
                printer.Table(
                    ["PROCESS", "DOMAIN", "RUNNING", "MEMORY", "DISK", "ROOTFS", "REMARK"],
                    [.. ListedApp.Of(lrps).Select(app => Row(app, [.. app.ProcessGuids.SelectMany(guid => byProcess[guid])]))]
                );
                return ExitCodes.Ok;
            }
        );
        return command;
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
