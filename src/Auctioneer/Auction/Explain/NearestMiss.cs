using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Explain;

/// <summary>Description in words of the excluded cell that came closest, and of what would have been enough.</summary>
internal static class NearestMiss
{
    /// <summary>How many offers to name when the fleet has many kinds of cells.</summary>
    private const int MaxOffers = 5;

    public static string Unusable(IReadOnlyCollection<int> cells) =>
        cells.Count == 1 ? "1 cell is evacuating or unhealthy" : $"{cells.Count} cells are evacuating or unhealthy";

    public static string RootFs(IReadOnlyList<CellRecord> cells, ConstraintSet wanted)
    {
        var offers = cells
            .SelectMany(cell => cell.Kind.RootFsProviders)
            .SelectMany(Offers)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        var named = string.Join(", ", offers.Take(MaxOffers)) + (offers.Count > MaxOffers ? $" and {offers.Count - MaxOffers} more" : "");
        return $"needs {wanted.Constraint.RootFs}: these cells offer {(offers.Count == 0 ? "nothing" : named)}";
    }

    public static string VolumeDrivers(IReadOnlyList<CellRecord> cells, ConstraintSet wanted)
    {
        var (cell, missing) = cells
            .Select(cell => (Cell: cell, Missing: wanted.Constraint.VolumeDrivers.Except(cell.Kind.VolumeDrivers).ToList()))
            .MinBy(miss => miss.Missing.Count);
        return $"the nearest cell, {NameOf(cell)}, has no volume driver {Quote(missing)}";
    }

    public static string PlacementTags(IReadOnlyList<CellRecord> cells, ConstraintSet wanted)
    {
        var tags = wanted.Constraint.PlacementTags;
        var (cell, unwanted, missing) = cells
            .Select(cell =>
                (
                    Cell: cell,
                    Unwanted: cell.Kind.PlacementTags.Except(tags).ToList(),
                    Missing: tags.Except(cell.Kind.PlacementTags).Except(cell.Kind.OptionalPlacementTags).ToList()
                )
            )
            .MinBy(miss => miss.Unwanted.Count + miss.Missing.Count);
        string[] reasons =
        [
            .. missing.Count > 0 ? [$"does not have {Quote(missing)}"] : Array.Empty<string>(),
            .. unwanted.Count > 0 ? [$"only takes work that asks for {Quote(unwanted)}"] : Array.Empty<string>(),
        ];
        return $"the nearest cell, {NameOf(cell)}, {string.Join(" and ", reasons)}";
    }

    public static string Privileges(IReadOnlyList<CellRecord> cells, ConstraintSet wanted)
    {
        var (cell, missing) = cells
            .Select(cell => (Cell: cell, Missing: wanted.Constraint.Privileges.Except(cell.Kind.Privileges).ToList()))
            .MinBy(miss => miss.Missing.Count);
        return $"the nearest cell, {NameOf(cell)}, does not allow {Quote(missing)}";
    }

    private static IEnumerable<string> Offers(RootFsProvider provider) =>
        provider.Names is null ? [$"{provider.Scheme}:*"] : provider.Names.Select(name => $"{provider.Scheme}:{name}");

    private static string NameOf(CellRecord cell) => $"{cell.Id} in {cell.Report.Zone}";

    private static string Quote(IReadOnlyList<string> items) => string.Join(", ", items.Select(item => $"\"{item}\""));
}
