using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Explain;

/// <summary>Explanation of where work goes, or why it cannot be placed, at the time of the query.</summary>
public sealed record PlacementExplanation
{
    /// <summary>The decision of <see cref="AuctionEngine.Decide"/>.</summary>
    public required PlacementResult Decision { get; init; }

    /// <summary>Every rule that excludes cells, in the order in which they apply.</summary>
    public required IReadOnlyList<RuleVerdict> Rules { get; init; }

    /// <summary>The winner and the next best cells, best first, with the parts of their scores.</summary>
    public required IReadOnlyList<CellBid> Bids { get; init; }

    /// <summary>How many cells could take the work; <see cref="Bids"/> lists the first of them.</summary>
    public required int Feasible { get; init; }
}

/// <summary>One rule's effect on the cells that it was applied to.</summary>
/// <param name="Rule">Such as <c>placement tags</c> or <c>memory</c>.</param>
/// <param name="TurnedAway">
/// <summary>
/// How many cells it excluded. For memory, disk and containers: how many of the matching cells lack it; one cell may lack several.
/// </summary>
/// </param>
/// <param name="Considered">How many cells it was applied to.</param>
/// <param name="NearestMiss">The cell that was closest to passing and what it lacked, in words; null if no cell was excluded.</param>
public sealed record RuleVerdict(string Rule, int TurnedAway, int Considered, string? NearestMiss);

/// <summary>The parts of a cell's score; lower is better.</summary>
/// <param name="ZoneInstances">Instances of the process in the cell's zone; emptier zones come first whatever the score. 0 for a
/// task.</param>
/// <param name="Resource">The mean of the used fractions after placement.</param>
/// <param name="Starting">For containers that are still starting there.</param>
/// <param name="Locality">For instances of the same process there (for a task: tasks).</param>
/// <param name="Index">With bin packing, for the cell's rank in its zone.</param>
public sealed record CellBid(
    CellId Cell,
    string Zone,
    int ZoneInstances,
    double Score,
    double Resource,
    double Starting,
    double Locality,
    double Index
);
