using System.Diagnostics.Metrics;

namespace Scheduler.Auctioneer;

/// <summary>Names that match Diego's are Diego's.</summary>
internal static class AuctioneerMetrics
{
    public const string MeterName = "Scheduler.Auctioneer";

    private static readonly Meter Meter = new(MeterName);

    public static Counter<long> LrpAuctionsStarted { get; } =
        Meter.CreateCounter<long>("AuctioneerLRPAuctionsStarted", description: "LRP instances that a cell has taken");

    public static Counter<long> TaskAuctionsStarted { get; } =
        Meter.CreateCounter<long>("AuctioneerTaskAuctionsStarted", description: "Tasks that a cell has taken");

    public static Counter<long> LrpAuctionsFailed { get; } =
        Meter.CreateCounter<long>("AuctioneerLRPAuctionsFailed", description: "LRP instances that could not be placed; repeats count again");

    public static Counter<long> TaskAuctionsFailed { get; } =
        Meter.CreateCounter<long>("AuctioneerTaskAuctionsFailed", description: "Tasks that could not be placed; repeats count again");

    public static Counter<long> Refused { get; } =
        Meter.CreateCounter<long>("AuctioneerWorkRefused", description: "Pieces of work that a cell sent back and that were auctioned again");

    public static Histogram<double> AuctionSeconds { get; } =
        Meter.CreateHistogram<double>("AuctioneerAuctionDuration", unit: "s", description: "Time to decide one batch");

    public static Histogram<double> HandOverDelay { get; } =
        Meter.CreateHistogram<double>("AuctioneerHandOverDelay", unit: "s", description: "Time from the decision until the work was handed to its cell, which the cell's pace may put off");

    public static Counter<long> RecordingPaused { get; } =
        Meter.CreateCounter<long>("AuctioneerRecordingPaused", description: "Times that the recording paused because the disk was too slow");

    public static Counter<long> WorkTurnedAway { get; } =
        Meter.CreateCounter<long>("AuctioneerWorkTurnedAway", description: "Pieces of work refused because too many wait for a decision");
}
