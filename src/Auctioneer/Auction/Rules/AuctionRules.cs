using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>How an LRP's proxy memory is accounted when the auction reserves a cell for it.</summary>
public enum ProxyMemoryAccounting
{
    /// <summary>Taken from the cell's free memory, as the rep itself will do. Never promises memory twice.</summary>
    Reserved,

    /// <summary>Counts in check and score only. How Diego does it; for the replay of its recordings.</summary>
    CheckedOnly,
}

/// <summary>The numbers that an operator may set. Scores and limits are Diego's, and so are the defaults.</summary>
public sealed record AuctionRules
{
    public static AuctionRules Default { get; } = new();

    /// <summary>Added to a cell's score for each container there that has not started yet. At least 0.</summary>
    public double StartingContainerWeight { get; init; } = 0.25;

    /// <summary>Times the cell's rank in its zone, added to an LRP's score: above 0 fills low indices first. At least 0.</summary>
    public double BinPackFirstFitWeight { get; init; }

    /// <summary>How many containers may be starting in the fleet at once; 0 for no limit.</summary>
    public int StartingContainerCountMaximum { get; init; }

    public ProxyMemoryAccounting ProxyMemory { get; init; } = ProxyMemoryAccounting.Reserved;

    /// <summary>The first rule that a value breaks, or null.</summary>
    public DomainError? Validate()
    {
        if (!IsWeight(StartingContainerWeight)) return DomainError.Invalid("starting_container_weight", "must be a finite number of at least 0");
        if (!IsWeight(BinPackFirstFitWeight)) return DomainError.Invalid("bin_pack_first_fit_weight", "must be a finite number of at least 0");
        if (StartingContainerCountMaximum < 0) return DomainError.Invalid("starting_container_count_maximum", "must be at least 0");
        return null;
    }

    private static bool IsWeight(double value) => double.IsFinite(value) && value >= 0;
}
