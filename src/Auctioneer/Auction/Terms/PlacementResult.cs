using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>
/// A promise of room on a cell, made by one placement. It lives until the cell refuses, the wait for an answer
/// lapses, the cell is removed, or a report that already accounts for the work replaces it.
/// </summary>
/// <param name="Value">Slot and generation; never used twice. 0 names none.</param>
public readonly record struct ReservationId(long Value)
{
    public bool IsNone => Value == 0;

    internal int Slot => (int)(Value & 0xFFFF_FFFF);

    internal static ReservationId Of(int slot, int generation) => new(((long)generation << 32) | (uint)slot);
}

/// <summary>What the auction decided about one piece of work.</summary>
public readonly record struct PlacementResult
{
    /// <summary>The winner; its value is null when nothing was placed.</summary>
    public CellId Cell { get; init; }

    /// <summary>The winner's score, as in Diego; lower is better.</summary>
    public double Score { get; init; }

    /// <summary>None when the decision was only asked for, not made.</summary>
    public ReservationId Reservation { get; init; }

    /// <summary>Why nothing was placed, in Diego's words; null when it was.</summary>
    public string? Error { get; init; }

    public bool Placed => Error is null;
}

/// <summary>What became of a confirmation, refusal or lapse.</summary>
public enum SettleOutcome
{
    Settled,

    /// <summary>No such reservation any more: confirmed and absorbed, refused or lapsed before, or its cell is gone. Counted, otherwise ignored.</summary>
    Unknown,
}
