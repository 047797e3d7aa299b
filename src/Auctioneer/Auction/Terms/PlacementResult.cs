using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>
/// A reservation of resources on a cell, made by one placement. It lasts until the cell refuses the work, the wait for an answer times out,
/// the cell is removed, or a report that includes the work replaces it.
/// </summary>
/// <param name="Value">Slot and generation; never reused. 0 means none.</param>
public readonly record struct ReservationId(long Value)
{
    public bool IsNone => Value == 0;

    internal int Slot => (int)(Value & 0xFFFF_FFFF);

    internal static ReservationId Of(int slot, int generation) => new(((long)generation << 32) | (uint)slot);
}

/// <summary>The auction's decision about one piece of work.</summary>
public readonly record struct PlacementResult
{
    /// <summary>The winner; its value is null if nothing was placed.</summary>
    public CellId Cell { get; init; }

    /// <summary>The winner's score, as in Diego; lower is better.</summary>
    public double Score { get; init; }

    /// <summary>None for a decision that reserved nothing.</summary>
    public ReservationId Reservation { get; init; }

    /// <summary>Why nothing was placed, in Diego's words; null if it was placed.</summary>
    public string? Error { get; init; }

    public bool Placed => Error is null;
}

/// <summary>Outcome of a confirmation, refusal or lapse.</summary>
public enum SettleOutcome
{
    Settled,

    /// <summary>
    /// The reservation no longer exists: confirmed and absorbed, refused or lapsed before, or its cell is gone. Counted, otherwise ignored.
    /// </summary>
    Unknown,
}
