using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp rollout history</c></summary>
internal static class RolloutHistoryCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("history").Explain(
            $"List the versions of a process that are kept\n\nAt most {AppVersions.MostKept} are kept. lrp get PROCESS shows the definition of each."
        );
        var name = new Argument<string>("NAME") { Description = "Process GUID" };
        command.Arguments.Add(name);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var app = await App.GetAsync(session, parsed.GetValue(name)!, cancellationToken);
                var versions = app.VersionsOrFirst;
                var request = new ListDesiredLRPsRequest { ProcessGuids = { versions.Versions.Select(version => version.ProcessGuid) } };
                var lrps = (await session.DesiredLrpsAsync(request, cancellationToken)).ToDictionary(lrp => lrp.ProcessGuid);
                if (printer.IsJson)
                {
                    foreach (var version in versions.Versions)
                        printer.Json(ToJson(version, versions, lrps.GetValueOrDefault(version.ProcessGuid)));
                    return ExitCodes.Ok;
                }

                printer.Table(
                    ["VERSION", "PROCESS", "STATE", "AGE", "ROOTFS", "REMARK"],
                    [
                        .. versions.Versions.Select(version =>
                            new[]
                            {
                                version.Number.ToString(CultureInfo.InvariantCulture),
                                version.ProcessGuid,
                                RolloutTexts.State(version, versions),
                                printer.Age(version.CreatedAt),
                                lrps.GetValueOrDefault(version.ProcessGuid)?.RootFs ?? "(removed by somebody)",
                                version.Failure,
                            }
                        ),
                    ]
                );
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static JsonObject ToJson(AppVersion version, AppVersions versions, DesiredLRP? lrp) =>
        new()
        {
            ["version"] = version.Number,
            ["process_guid"] = version.ProcessGuid,
            ["state"] = RolloutTexts.State(version, versions),
            ["created_at"] = version.CreatedAt,
            ["rootfs"] = lrp?.RootFs,
            ["failure"] = version.Failure,
        };
}
