using Scheduler.Auctioneer.Auction;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>Work that was won by a cell which has not answered yet.</summary>
internal sealed class InFlightWork(WorkItem work, CellId cell, ReservationId reservation, long sentAt)
{
    public WorkItem Work { get; } = work;

    public CellId Cell { get; } = cell;

    public ReservationId Reservation { get; } = reservation;

    /// <summary>Timestamp of the process's monotonic clock.</summary>
    public long SentAt { get; } = sentAt;

    /// <summary>The call broke: the cell's next whole state tells whether it took the work.</summary>
    public bool IsOutcomeUnknown { get; set; }
}
