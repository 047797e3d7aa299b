using Scheduler.Contracts.V1;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Auctioneer.Api;

/// <summary>Validation rules for plan requests.</summary>
internal static class PlanRules
{
    /// <summary>Supposing more cells than this would only cost time and memory.</summary>
    public const int MaxAddedCells = 10_000;

    public static IEnumerable<FieldViolation> Broken(PlanPlacementRequest request, int maxWork)
    {
        foreach (
            var violation in request.Lrps.SelectMany(StartRequestRules.Broken).Concat(request.Tasks.SelectMany(StartRequestRules.Broken))
        )
            yield return violation;
        if (request.Lrps.Count + request.Tasks.Count == 0)
            yield return new FieldViolation("lrps", "must name at least one LRP or task to plan");
        if (request.Lrps.Sum(lrp => (long)lrp.Indices.Count) + request.Tasks.Count > maxWork)
            yield return new FieldViolation("lrps", $"must have at most {maxWork} instances and tasks in total");
        if (request.Suppose is not { } suppose)
            yield break;
        if (suppose.AddedCells is < 0 or > MaxAddedCells)
            yield return new FieldViolation("suppose.added_cells", $"must be from 0 to {MaxAddedCells}");
        if (suppose.AddedCells > 0 && suppose.LikeCell.Length == 0)
            yield return new FieldViolation("suppose.like_cell", "must name the cell to copy for added cells");
    }
}
