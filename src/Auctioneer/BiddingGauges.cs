using System.Diagnostics.Metrics;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Bidding;

namespace Scheduler.Auctioneer;

/// <summary>
/// What waits and what is held during one term of bidding, read when somebody scrapes. The loop is not stopped for it: a
/// number may be some decisions old.
/// </summary>
internal sealed class BiddingGauges : IDisposable
{
    private readonly Meter _meter = new(AuctioneerMetrics.MeterName);

    public BiddingGauges(BiddingLoop loop, AuctionEngine engine)
    {
        _meter.CreateObservableGauge("AuctioneerWorkWaiting", () => loop.Admission.Undecided, description: "Pieces of work that wait for a decision");
        _meter.CreateObservableGauge("AuctioneerWorkInFlight", () => loop.InFlight, description: "Pieces of work that a cell has won and not answered for");
        _meter.CreateObservableGauge("AuctioneerStartsPaced", () => loop.Paced, description: "Pieces of work that a cell has won and that wait for its pace to be handed over");
        _meter.CreateObservableGauge("AuctioneerMessagesQueued", () => loop.Queued, description: "Messages that wait for the bidding loop");
        _meter.CreateObservableGauge("AuctioneerReservations", () => engine.ReservationCount, description: "Promises of room that no report holds yet");
        _meter.CreateObservableGauge("AuctioneerCells", () => engine.CellCount, description: "Cells known");
        _meter.CreateObservableGauge("AuctioneerCellsUsable", () => engine.UsableCellCount, description: "Cells that take work");
        _meter.CreateObservableGauge("AuctioneerCellsInQuarantine", () => loop.InQuarantine, description: "Cells left out because they tell their state and do not answer for work");
        _meter.CreateObservableGauge("AuctioneerContainersStarting", () => engine.StartingContainers, description: "Containers that are starting, reservations included");
        Counter("AuctioneerReportsApplied", engine, static counters => counters.ReportsApplied, "Reports of cells that were taken");
        Counter("AuctioneerReportsOutOfOrder", engine, static counters => counters.ReportsOutOfOrder, "Reports refused for being older than the last");
        Counter("AuctioneerReportsWithGap", engine, static counters => counters.ReportsWithGap, "Changes refused for not building on the last report");
        Counter("AuctioneerReportsInvalid", engine, static counters => counters.ReportsInvalid, "Reports refused for breaking a rule");
        Counter("AuctioneerReservationsLapsed", engine, static counters => counters.Lapsed, "Reservations whose cell did not answer in time");
        Counter("AuctioneerAnswersUnknown", engine, static counters => counters.AnswersUnknown, "Answers for reservations that were outstanding no more");
    }

    public void Dispose() => _meter.Dispose();

    private void Counter(string name, AuctionEngine engine, Func<AuctionCounters, long> value, string description) =>
        _meter.CreateObservableCounter(name, () => value(engine.Counters), description: description);
}
