using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>Work won by a cell that has not answered yet. At first it waits for its turn to be handed over.</summary>
internal sealed class InFlightWork(WorkItem work, CellId cell, ReservationId reservation, long wonAt)
{
    public WorkItem Work { get; } = work;

    public CellId Cell { get; } = cell;

    public ReservationId Reservation { get; } = reservation;

    /// <summary>Timestamp of the process's monotonic clock.</summary>
    public long WonAt { get; } = wonAt;

    /// <summary>Timestamp of the hand-over, from which the reservation's timeout counts; null while it waits for its turn.</summary>
    public long? SentAt { get; set; }

    /// <summary>The call broke: the cell's next full state shows whether it took the work.</summary>
    public bool IsOutcomeUnknown { get; set; }

    /// <summary>No longer in flight: answered, lapsed, or taken back from a cell that is gone.</summary>
    public bool IsSettled { get; set; }
}
