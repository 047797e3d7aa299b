using System.CommandLine;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Recording;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler auctioneer</c></summary>
internal static class AuctioneerCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("auctioneer", "Run an auctioneer: places work on cells; one is active, others are standbys");
        var defaults = new AuctioneerOptions();
        var recordDefaults = new RecordingOptions { Directory = "" };
        var bbs = settings.Texts("--bbs", "BBS URLs", ["http://127.0.0.1:8889"], "URL");
        var lockTtl = settings.Duration(
            "--lock-ttl", "Leader lock TTL: a standby takes over after this long without renewal", defaults.LockTtl);
        var startingWeight = settings.Fraction(
            "--starting-container-weight", "Score added per container that has not started yet",
            AuctionRules.Default.StartingContainerWeight);
        var binPackWeight = settings.Fraction(
            "--bin-pack-first-fit-weight", "Score added per rank of a cell in its zone; above 0 fills one cell after another",
            AuctionRules.Default.BinPackFirstFitWeight);
        var inFlight = settings.Number(
            "--starting-container-count-maximum", "Maximum number of containers starting in the fleet at once; 0: no limit", 0, least: 0);
        var startRate = settings.Fraction(
            "--starts-per-cell", "Sustained rate of starts sent to one cell, per second; 0: no limit", defaults.StartsPerCellPerSecond);
        var startBurst = settings.Number(
            "--start-burst", "Maximum burst of starts sent to one cell", defaults.StartBurstPerCell, least: 1, most: 100_000);
        var remembered = settings.Number(
            "--remembered-decisions", "Number of past decisions kept for explain; 0: none", defaults.RememberedDecisions, least: 0,
            most: 10_000_000);
        var record = settings.Text(
            "--record", "Directory to record auction inputs in, for auction replay (default: no recording)", null, "DIR");
        var recordFileSize = settings.Number(
            "--record-file-size", "Size in MiB at which a recording continues in a new file", (int)(recordDefaults.MaxFileBytes >> 20),
            least: 1, most: 1 << 20);
        var recordFiles = settings.Number(
            "--record-files", "Number of recording files kept; older ones are deleted", recordDefaults.MaxFiles, least: 1);
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
