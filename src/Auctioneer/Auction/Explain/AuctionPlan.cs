using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Explain;

/// <summary>Assumptions about the fleet that a plan makes before deciding.</summary>
public sealed record PlanSuppositions
{
    public static PlanSuppositions None { get; } = new();

    /// <summary>Cells to remove, with everything on them.</summary>
    public IReadOnlyList<CellId> WithoutCells { get; init; } = [];

    /// <summary>Cells to mark as evacuating: they take no work and count for nothing.</summary>
    public IReadOnlyList<CellId> DrainedCells { get; init; } = [];

    /// <summary>How many empty cells to add, each with the properties of <see cref="LikeCell"/>.</summary>
    public int AddedCells { get; init; }

    public CellId LikeCell { get; init; }
}

/// <summary>The auction's planned decision about one piece of work.</summary>
public sealed record PlannedPlacement(PlacementAsk Ask, PlacementResult Result);

/// <summary>
/// Dry run of a batch: the auction itself on a copy of the fleet, so the result is what the auction would have decided at that moment.
/// </summary>
public static class AuctionPlan
{
    /// <param name="fork">The copy to work on, from <see cref="AuctionEngine.Fork"/>; it is modified.</param>
    /// <param name="batch">In order of arrival.</param>
    /// <returns>The placements in the order in which they were decided.</returns>
    /// <exception cref="DomainException">A supposition names an unknown cell, or an ask is invalid.</exception>
    public static IReadOnlyList<PlannedPlacement> Run(AuctionEngine fork, IReadOnlyList<PlacementAsk> batch, PlanSuppositions suppositions)
    {
        Suppose(fork, suppositions);
        var asks = new PlacementAsk[batch.Count];
        for (var i = 0; i < asks.Length; i++)
        {
            if (batch[i].Validate() is { } error)
                throw error.ToException();
            asks[i] = batch[i] with { Constraints = fork.Intern(batch[i].Constraints.Constraint) };
        }

        var order = new int[asks.Length];
        AuctionOrder.Arrange(asks, order);
        var placements = new PlannedPlacement[asks.Length];
        for (var i = 0; i < order.Length; i++)
            placements[i] = new PlannedPlacement(asks[order[i]], fork.Place(asks[order[i]]));
        return placements;
    }

    /// <summary>Applies the suppositions to the copy.</summary>
    public static void Suppose(AuctionEngine fork, PlanSuppositions suppositions)
    {
        // Before any cell is removed: the cell to copy may itself be among the removed ones.
        for (var i = 1; i <= suppositions.AddedCells; i++)
            if (!fork.AddLike(suppositions.LikeCell, new CellId($"{suppositions.LikeCell}+{i}")))
                throw DomainError.NotFound($"cell {suppositions.LikeCell}").ToException();
        foreach (var cell in suppositions.DrainedCells)
            if (!fork.Drain(cell))
                throw DomainError.NotFound($"cell {cell}").ToException();
        foreach (var cell in suppositions.WithoutCells)
            if (!fork.Remove(cell))
                throw DomainError.NotFound($"cell {cell}").ToException();
    }
}
