using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>Work that was won by a cell which has not answered yet. At first it waits for its turn to be handed over.</summary>
internal sealed class InFlightWork(WorkItem work, CellId cell, ReservationId reservation, long wonAt)
{
    public WorkItem Work { get; } = work;

    public CellId Cell { get; } = cell;

    public ReservationId Reservation { get; } = reservation;

    /// <summary>Timestamp of the process's monotonic clock.</summary>
    public long WonAt { get; } = wonAt;

    /// <summary>Timestamp of the hand-over, from which the reservation's time limit counts; null while it waits for its turn.</summary>
    public long? SentAt { get; set; }

    /// <summary>The call broke: the cell's next whole state tells whether it took the work.</summary>
    public bool IsOutcomeUnknown { get; set; }

    /// <summary>It is in flight no more: answered, lapsed, or taken from a cell that has gone.</summary>
    public bool IsSettled { get; set; }
}
