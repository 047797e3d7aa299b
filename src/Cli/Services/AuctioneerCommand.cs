using System.CommandLine;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction;
using Scheduler.Auctioneer.Recording;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler auctioneer</c></summary>
internal static class AuctioneerCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("auctioneer", "Run an auctioneer: decides which cell gets what. Several stand by for each other.");
        var defaults = new AuctioneerOptions();
        var recordDefaults = new RecordingOptions { Directory = "" };
        var bbs = settings.Texts("--bbs", "URLs of the BBSs", ["http://127.0.0.1:8889"], "URL");
        var lockTtl = settings.Duration("--lock-ttl", "How long the active auctioneer may be silent before another takes over", defaults.LockTtl);
        var startingWeight = settings.Fraction("--starting-container-weight", "Score added for each container that has not started yet", AuctionRules.Default.StartingContainerWeight);
        var binPackWeight = settings.Fraction("--bin-pack-first-fit-weight", "Score added for each rank of a cell in its zone; above 0 fills cells one after the other", AuctionRules.Default.BinPackFirstFitWeight);
        var inFlight = settings.Number("--starting-container-count-maximum", "Containers that may be starting in the fleet at once; 0 for no limit", 0, least: 0);
        var startRate = settings.Fraction("--starts-per-cell", "Starts that one cell is handed per second in the long run; 0 for no bound", defaults.StartsPerCellPerSecond);
        var startBurst = settings.Number("--start-burst", "Starts that one cell is handed at once after a quiet time", defaults.StartBurstPerCell, least: 1, most: 100_000);
        var remembered = settings.Number("--remembered-decisions", "Decisions that explain can show as they were made; 0 for none", defaults.RememberedDecisions, least: 0, most: 10_000_000);
        var record = settings.Text("--record", "Folder to record what the auctions are told, for auction replay; none by default", null, "DIR");
        var recordFileSize = settings.Number("--record-file-size", "Size at which a recording goes on in another file, in MiB", (int)(recordDefaults.MaxFileBytes >> 20), least: 1, most: 1 << 20);
        var recordFiles = settings.Number("--record-files", "Files of a recording that are kept; older ones are deleted", recordDefaults.MaxFiles, least: 1);
        foreach (var option in (Option[])[bbs, lockTtl, startingWeight, binPackWeight, inFlight, startRate, startBurst, remembered, record, recordFileSize, recordFiles])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "auctioneer", "127.0.0.1:9016");
        component.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = defaults with
            {
                StartsPerCellPerSecond = parsed.GetValue(startRate),
                StartBurstPerCell = parsed.GetValue(startBurst),
                LockTtl = parsed.GetValue(lockTtl),
                RememberedDecisions = parsed.GetValue(remembered),
                Recording = parsed.GetValue(record) is { Length: > 0 } directory
                    ? recordDefaults with { Directory = directory, MaxFileBytes = (long)parsed.GetValue(recordFileSize) << 20, MaxFiles = parsed.GetValue(recordFiles) }
                    : null,
                Rules = new AuctionRules
                {
                    StartingContainerWeight = parsed.GetValue(startingWeight),
                    BinPackFirstFitWeight = parsed.GetValue(binPackWeight),
                    StartingContainerCountMaximum = parsed.GetValue(inFlight),
                },
            };
            var host = ComponentHost.Build(
                component.Read(parsed),
                services => services.AddAuctioneer(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString()),
                app => app.MapAuctioneer());
            return ServiceRunner.RunAsync(host, cancellationToken);
        });
        return command;
    }
}
