using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>How the auction accounts for an LRP's proxy memory when it reserves a cell.</summary>
public enum ProxyMemoryAccounting
{
    /// <summary>Subtracted from the cell's free memory, as the rep itself does. Memory is never promised twice.</summary>
    Reserved,

    /// <summary>Used only in the check and the score. This is Diego's accounting, for replays of its recordings.</summary>
    CheckedOnly,
}

/// <summary>The auction's configurable parameters. The score and the limits are Diego's, and so are the defaults.</summary>
public sealed record AuctionRules
{
    public static AuctionRules Default { get; } = new();

    /// <summary>Added to a cell's score for each container on it that is still starting. At least 0.</summary>
    public double StartingContainerWeight { get; init; } = 0.25;

    /// <summary>
    /// Multiplied by the cell's rank in its zone and added to an LRP's score: a value above 0 fills low indices first. At least 0.
    /// </summary>
    public double BinPackFirstFitWeight { get; init; }

    /// <summary>Limit of containers starting in the fleet at once; 0 for no limit.</summary>
    public int StartingContainerCountMaximum { get; init; }

    public ProxyMemoryAccounting ProxyMemory { get; init; } = ProxyMemoryAccounting.Reserved;

    /// <summary>The first invalid value, or null.</summary>
    public DomainError? Validate()
    {
        if (!IsWeight(StartingContainerWeight))
            return DomainError.Invalid("starting_container_weight", "must be a finite number of at least 0");
        if (!IsWeight(BinPackFirstFitWeight))
            return DomainError.Invalid("bin_pack_first_fit_weight", "must be a finite number of at least 0");
        if (StartingContainerCountMaximum < 0)
            return DomainError.Invalid("starting_container_count_maximum", "must be at least 0");
        return null;
    }

    private static bool IsWeight(double value) => double.IsFinite(value) && value >= 0;
}
