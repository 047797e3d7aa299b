using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Explain;

/// <summary>Why work goes where it goes, or nowhere, at the moment of asking.</summary>
public sealed record PlacementExplanation
{
    /// <summary>What <see cref="AuctionEngine.Decide"/> says.</summary>
    public required PlacementResult Decision { get; init; }

    /// <summary>Every rule that takes cells out, in the order in which they apply.</summary>
    public required IReadOnlyList<RuleVerdict> Rules { get; init; }

    /// <summary>The winner and those that would come next, best first, with the parts of their scores.</summary>
    public required IReadOnlyList<CellBid> Bids { get; init; }

    /// <summary>Cells that could take the work, of which <see cref="Bids"/> are the first.</summary>
    public required int Feasible { get; init; }
}

/// <summary>One rule's effect on the cells that came to it.</summary>
/// <param name="Rule">Such as <c>placement tags</c> or <c>memory</c>.</param>
/// <param name="TurnedAway">
/// How many cells it took out. For memory, disk and containers: how many of the matching cells are short of it; one cell
/// may be short of several.
/// </param>
/// <param name="Considered">How many cells came to it.</param>
/// <param name="NearestMiss">In words, the cell that was closest to passing and what it lacked; null when none was turned away.</param>
public sealed record RuleVerdict(string Rule, int TurnedAway, int Considered, string? NearestMiss);

/// <summary>A cell's score in its parts; lower is better.</summary>
/// <param name="ZoneInstances">Instances of the process in the cell's zone; emptier zones come first whatever the score. 0 for a task.</param>
/// <param name="Resource">The mean of the used fractions after placement.</param>
/// <param name="Starting">For containers that are still starting there.</param>
/// <param name="Locality">For instances of the same process there (for a task: tasks).</param>
/// <param name="Index">With bin packing, for the cell's rank in its zone.</param>
public sealed record CellBid(
    CellId Cell, string Zone, int ZoneInstances, double Score, double Resource, double Starting, double Locality, double Index);
