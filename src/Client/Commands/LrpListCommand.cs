using System.CommandLine;
using Scheduler.Client.Output;
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
                    [.. lrps.Select(lrp => Row(lrp, [.. byProcess[lrp.ProcessGuid]]))]
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    internal static string[] Row(DesiredLRP lrp, IReadOnlyList<ActualLRP> rows)
    {
        var running = rows.Where(row => row.State == ActualLrpStateNames.Running).Select(row => row.ActualLrpKey.Index).Distinct().Count();
        return
        [
            lrp.ProcessGuid,
            lrp.Domain,
            $"{running}/{lrp.Instances}",
            Texts.Megabytes(lrp.MemoryMb),
            Texts.Megabytes(lrp.DiskMb),
            lrp.RootFs,
            rows.Select(row => Texts.Remark(row)).FirstOrDefault(remark => remark.Length > 0) ?? "",
        ];
    }
}
