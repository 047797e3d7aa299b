using System.Diagnostics.Metrics;

namespace Scheduler.Auctioneer;

/// <summary>The auctioneer's metrics. Names that match Diego's are Diego's.</summary>
internal static class AuctioneerMetrics
{
    public const string MeterName = "Scheduler.Auctioneer";

    private static readonly Meter Meter = new(MeterName);

    public static Counter<long> LrpAuctionsStarted { get; } =
        Meter.CreateCounter<long>("AuctioneerLRPAuctionsStarted", description: "LRP instances placed on a cell");

    public static Counter<long> TaskAuctionsStarted { get; } =
        Meter.CreateCounter<long>("AuctioneerTaskAuctionsStarted", description: "Tasks placed on a cell");

    public static Counter<long> LrpAuctionsFailed { get; } =
        Meter.CreateCounter<long>(
            "AuctioneerLRPAuctionsFailed",
            description: "LRP instances that could not be placed, including repeated attempts"
        );

    public static Counter<long> TaskAuctionsFailed { get; } =
        Meter.CreateCounter<long>(
            "AuctioneerTaskAuctionsFailed",
            description: "Tasks that could not be placed, including repeated attempts"
        );

    public static Counter<long> Refused { get; } =
        Meter.CreateCounter<long>("AuctioneerWorkRefused", description: "Work refused by the cell that won it, and auctioned again");

    public static Histogram<double> AuctionSeconds { get; } =
        Meter.CreateHistogram<double>("AuctioneerAuctionDuration", unit: "s", description: "Time of one auction");

    public static Histogram<double> HandOverDelay { get; } =
        Meter.CreateHistogram<double>(
            "AuctioneerHandOverDelay",
            unit: "s",
            description: "Time from the decision until the work was sent to the cell; the start rate of the cell may delay it"
        );

    public static Counter<long> RecordingPaused { get; } =
        Meter.CreateCounter<long>("AuctioneerRecordingPaused", description: "Times that recording paused because the disk was too slow");

    public static Counter<long> WorkTurnedAway { get; } =
        Meter.CreateCounter<long>("AuctioneerWorkTurnedAway", description: "Work refused because too much was waiting for an auction");
}
