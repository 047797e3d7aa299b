using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>An outstanding reservation as stored in a snapshot.</summary>
/// <param name="ProcessGuid">The LRP's process; null for a task.</param>
/// <param name="MemoryMb">Memory it takes, including reserved proxy memory.</param>
/// <param name="Confirmed">Whether the cell has accepted the work; its state includes it from <paramref name="Revision"/> on.</param>
public sealed record HeldReservation(
    ReservationId Id,
    CellId Cell,
    string? ProcessGuid,
    int MemoryMb,
    int DiskMb,
    bool Confirmed,
    long Incarnation,
    long Revision
);
