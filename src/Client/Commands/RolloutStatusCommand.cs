using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary><c>scheduler lrp rollout status</c></summary>
internal static class RolloutStatusCommand
{
    public static Command Create(ClientOptions client)
    {
        var command = new Command("status", "Show which version of a process runs, and the rollout under way");
        var name = new Argument<string>("NAME") { Description = "Process GUID" };
        command.Arguments.Add(name);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var session = client.Open(parsed);
                var printer = client.Printer(parsed);
                var app = await App.GetAsync(session, parsed.GetValue(name)!, cancellationToken);
                var versions = app.VersionsOrFirst;
                var rows = (await app.RowsAsync(session, cancellationToken)).ToLookup(row => row.ActualLrpKey.ProcessGuid);
                if (printer.IsJson)
                {
                    printer.Json(ToJson(app, versions, rows));
                    return ExitCodes.Ok;
                }

                var rollout = versions.Rollout;
                printer.Fields([
                    ("process", app.Name),
                    ("version", $"{versions.Current}"),
                    ("rollout", rollout is null ? "none" : RolloutTexts.Direction(rollout)),
                    .. versions
                        .InUse()
                        .Select(version =>
                            (
                                $"version {version.Number}",
                                $"{Serving(rows[version.ProcessGuid])} of {Count(rows[version.ProcessGuid])} instances serve"
                            )
                        ),
                    (
                        "max surge, unavailable",
                        rollout is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{rollout.MaxSurge}, {rollout.MaxUnavailable}")
                    ),
                ]);
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static JsonObject ToJson(App app, AppVersions versions, ILookup<string, ActualLRP> rows) =>
        new()
        {
            ["name"] = app.Name,
            ["version"] = versions.Current,
            ["from"] = versions.Rollout?.From,
            ["to"] = versions.Rollout?.To,
            ["goes_back"] = versions.Rollout?.IsBack,
            ["paused"] = versions.Rollout is { } rollout ? rollout.Pause == RolloutPause.Paused : null,
            ["reason"] = versions.Rollout?.Reason,
            ["versions"] = new JsonArray([
                .. versions
                    .InUse()
                    .Select(version => new JsonObject
                    {
                        ["version"] = version.Number,
                        ["process_guid"] = version.ProcessGuid,
                        ["instances"] = Count(rows[version.ProcessGuid]),
                        ["serving"] = Serving(rows[version.ProcessGuid]),
                    }),
            ]),
        };

    private static int Count(IEnumerable<ActualLRP> rows) => rows.Select(row => row.ActualLrpKey.Index).Distinct().Count();

    private static int Serving(IEnumerable<ActualLRP> rows) =>
        Count(rows.Where(row => row.State == ActualLrpStateNames.Running && !(row.HasRoutable && !row.Routable)));
}
