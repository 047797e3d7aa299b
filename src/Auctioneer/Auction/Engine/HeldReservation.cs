using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>An outstanding reservation as data: what a snapshot keeps of it.</summary>
/// <param name="ProcessGuid">The LRP's process; null for a task.</param>
/// <param name="MemoryMb">What it takes, reserved proxy memory included.</param>
/// <param name="Confirmed">Whether the cell has accepted the work, its state holding it from the revision on.</param>
public sealed record HeldReservation(
    ReservationId Id, CellId Cell, string? ProcessGuid, int MemoryMb, int DiskMb, bool Confirmed, long Incarnation, long Revision);
