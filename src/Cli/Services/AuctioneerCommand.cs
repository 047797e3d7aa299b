using System.CommandLine;
using System.ComponentModel.DataAnnotations;
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
        var recordDefaults = new RecordingOptions { Directory = "" };
        var bbs = settings.Texts("--bbs", "BBS URLs", ["http://127.0.0.1:8889"], "URL");
        var weights = new RangeAttribute(0, double.MaxValue);
        var startingWeight = settings.Number(
            "--starting-container-weight",
            "Score added per container that has not started yet",
            AuctionRules.Default.StartingContainerWeight,
            weights
        );
        var binPackWeight = settings.Number(
            "--bin-pack-first-fit-weight",
            "Score added per rank of a cell in its zone; above 0 fills one cell after another",
            AuctionRules.Default.BinPackFirstFitWeight,
            weights
        );
        var inFlight = settings.Number(
            "--starting-container-count-maximum",
            "Maximum number of containers starting in the fleet at once; 0: no limit",
            0,
            least: 0
        );
        var record = settings.Text(
            "--record",
            "Directory to record auction inputs in, for auction replay (default: no recording)",
            null,
            "DIR"
        );
        var recordFileSize = settings.Number(
            "--record-file-size",
            "Size in MiB at which a recording continues in a new file",
            (int)(recordDefaults.MaxFileBytes >> 20),
            least: 1,
            most: 1 << 20
        );
        var more = new OptionSettings<AuctioneerOptions>(settings, new AuctioneerOptions());
        var recording = new OptionSettings<RecordingOptions>(settings, recordDefaults);
        foreach (
            var option in (Option[])
                [bbs, startingWeight, binPackWeight, inFlight, .. more.Options, record, recordFileSize, .. recording.Options]
        )
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "auctioneer", "127.0.0.1:9016");
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = more.Apply(
                    parsed,
                    new AuctioneerOptions
                    {
                        Recording = parsed.GetValue(record) is { Length: > 0 } directory
                            ? recording.Apply(
                                parsed,
                                new RecordingOptions { Directory = directory, MaxFileBytes = (long)parsed.GetValue(recordFileSize) << 20 }
                            )
                            : null,
                        Rules = new AuctionRules
                        {
                            StartingContainerWeight = parsed.GetValue(startingWeight),
                            BinPackFirstFitWeight = parsed.GetValue(binPackWeight),
                            StartingContainerCountMaximum = parsed.GetValue(inFlight),
                        },
                    }
                );
                var host = ComponentHost.Build(
                    component.Read(parsed),
                    services => services.AddAuctioneer(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString()),
                    app => app.MapAuctioneer()
                );
                return ServiceRunner.RunAsync(host, cancellationToken);
            }
        );
        return command;
    }
}
