using System.Diagnostics.Metrics;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Bidding;

namespace Scheduler.Auctioneer;

/// <summary>
/// Gauges of queues and reservations during one term of bidding, read when scraped. The loop does not stop for them, so a number may be
/// some decisions old.
/// </summary>
internal sealed class BiddingGauges : IDisposable
{
    private readonly Meter _meter = new(AuctioneerMetrics.MeterName);

    public BiddingGauges(BiddingLoop loop, AuctionEngine engine)
    {
        _meter.CreateObservableGauge("AuctioneerWorkWaiting", () => loop.Admission.Undecided, description: "Work waiting for an auction");
        _meter.CreateObservableGauge(
            "AuctioneerWorkInFlight",
            () => loop.InFlight,
            description: "Work sent to a cell that has not answered yet"
        );
        _meter.CreateObservableGauge(
            "AuctioneerStartsPaced",
            () => loop.Paced,
            description: "Work waiting because the cell that won it is at its start rate"
        );
        _meter.CreateObservableGauge("AuctioneerMessagesQueued", () => loop.Queued, description: "Messages waiting for the bidding loop");
        _meter.CreateObservableGauge(
            "AuctioneerReservations",
            () => engine.ReservationCount,
            description: "Reservations that no cell report includes yet"
        );
        _meter.CreateObservableGauge("AuctioneerCells", () => engine.CellCount, description: "Cells known to the auctioneer");
        _meter.CreateObservableGauge("AuctioneerCellsUsable", () => engine.UsableCellCount, description: "Cells that accept work");
        _meter.CreateObservableGauge(
            "AuctioneerCellsInQuarantine",
            () => loop.InQuarantine,
            description: "Cells excluded from auctions because they report their state but do not answer when work is sent"
        );
        _meter.CreateObservableGauge(
            "AuctioneerContainersStarting",
            () => engine.StartingContainers,
            description: "Containers that are starting, including reservations"
        );
        Counter("AuctioneerReportsApplied", engine, static counters => counters.ReportsApplied, "Cell reports applied");
        Counter(
            "AuctioneerReportsOutOfOrder",
            engine,
            static counters => counters.ReportsOutOfOrder,
            "Cell reports discarded because a newer one was applied"
        );
        Counter(
            "AuctioneerReportsWithGap",
            engine,
            static counters => counters.ReportsWithGap,
            "Cell changes discarded because an earlier one is missing"
        );
        Counter(
            "AuctioneerReportsInvalid",
            engine,
            static counters => counters.ReportsInvalid,
            "Cell reports discarded because they are invalid"
        );
        Counter(
            "AuctioneerReservationsLapsed",
            engine,
            static counters => counters.Lapsed,
            "Reservations whose cell did not answer in time"
        );
        Counter(
            "AuctioneerAnswersUnknown",
            engine,
            static counters => counters.AnswersUnknown,
            "Answers from cells for reservations that no longer exist"
        );
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, AuctionEngine engine, Func<AuctionCounters, long> value, string description) =>
        _meter.CreateObservableCounter(name, () => value(engine.Counters), description: description);
}
