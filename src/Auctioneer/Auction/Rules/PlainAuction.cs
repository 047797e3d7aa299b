using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>
/// The rules of the auction, stated plainly: Diego's, and the few that deliberately differ. Read from top to bottom. Every decision looks
/// at every cell and every instance, which is too slow for a real fleet. <c>AuctionEngine</c> makes the same decisions from an index, to
/// the last bit of a score; tests run both through random fleets and fail at the first difference. The two share no code beyond their
/// terms, so that a bug in one is not hidden by the other.
/// </summary>
internal sealed partial class PlainAuction(AuctionRules rules)
{
    /// <summary>In fleet order: the order of the cells' first reports.</summary>
    public List<PlainCell> Cells { get; } = [];

    /// <summary>
    /// The order in which a batch is decided: first instances, then tasks, then further instances, so that every app runs at all before any
    /// app runs more than once. Within each class, large work goes first, while it still fits somewhere. Duplicate work counts once.
    /// </summary>
    public static IReadOnlyList<PlacementAsk> InOrder(IReadOnlyList<PlacementAsk> batch)
    {
        var once = batch.DistinctBy(ask => (ask.Kind, ask.Guid, ask.Index)).ToList();
        var tasks = once.Where(ask => ask.Kind == WorkKind.OneOffTask).OrderByDescending(ask => ask.MemoryMb);
        var lrps = once.Where(ask => ask.Kind == WorkKind.Lrp).OrderBy(ask => ask.Index).ThenByDescending(ask => ask.MemoryMb).ToList();
        // Diego splits its sorted LRPs at the first further instance. Without one it finds no split and puts all LRPs after the tasks. This
        // must do the same, or a recorded auction could not be replayed.
        var firstInstances = Math.Max(lrps.FindIndex(ask => ask.Index > 0), 0);
        return [.. lrps.Take(firstInstances), .. tasks, .. lrps.Skip(firstInstances)];
    }

    /// <summary>Decides and takes the winner's resources, so that the next decision sees it.</summary>
    public (PlainReservation? Held, CellId Cell, double Score, string? Error) Place(PlacementAsk ask)
    {
        var (winner, score, error) = Decide(ask);
        if (winner is null)
            return (null, default, 0, error);
        // Diego checks that the proxy fits but does not reserve its memory, and so promises memory twice. A rep gives a proxy only to a
        // container with a memory limit.
        var takesProxy = ask is { Kind: WorkKind.Lrp, MemoryMb: > 0 } && rules.ProxyMemory == ProxyMemoryAccounting.Reserved;
        var held = new PlainReservation { Ask = ask, MemoryMb = ask.MemoryMb + (takesProxy ? winner.Report.ProxyMemoryMb : 0) };
        winner.Reservations.Add(held);
        return (held, winner.Report.Cell, score, null);
    }

    /// <summary>Where the work goes, or why it cannot be placed. Changes nothing.</summary>
    public (PlainCell? Winner, double Score, string? Error) Decide(PlacementAsk ask)
    {
        // An evacuating or unhealthy cell is left out completely: it gets no work, and its instances do not count.
        var usable = Cells.Where(cell => cell.Usable).ToList();
        if (usable.Count == 0)
            return Nowhere(PlacementErrors.CellCommunication);
        if (rules.StartingContainerCountMaximum > 0 && usable.Sum(cell => (long)cell.Starting) >= rules.StartingContainerCountMaximum)
            return Nowhere(PlacementErrors.ExceededInflightCreation);

        // Each constraint applies to the cells that passed the previous one; the error names the furthest constraint that any cell reached.
        var wanted = ask.Constraints.Constraint;
        var byRootFs = usable.Where(cell => OffersRootFs(cell, wanted.RootFs)).ToList();
        if (byRootFs.Count == 0)
            return Nowhere(PlacementErrors.CellMismatch);
        var byDrivers = byRootFs.Where(cell => wanted.VolumeDrivers.All(cell.Report.VolumeDrivers.Contains)).ToList();
        if (byDrivers.Count == 0)
            return Nowhere(PlacementErrors.VolumeDriverMismatch);
        var byTags = byDrivers.Where(cell => OffersTags(cell, wanted.PlacementTags)).ToList();
        if (byTags.Count == 0)
            return Nowhere(PlacementErrors.TagMismatch(wanted.PlacementTags));
        // Not in Diego, where every cell allows every privilege.
        var candidates = byTags.Where(cell => wanted.Privileges.All(cell.Report.Privileges.Contains)).ToList();
        if (candidates.Count == 0)
            return Nowhere(PlacementErrors.PrivilegesMismatch(wanted.Privileges));

        foreach (var round in Rounds(candidates, ask, usable))
            if (Best(round, ask, usable) is { Winner: not null } best)
                return best;

        // Nothing fits. Name only what all candidates lack: some cell has enough of anything else.
        return Nowhere(
            PlacementErrors.Insufficient(
                containers: candidates.All(cell => cell.FreeContainers < 1),
                disk: candidates.All(cell => cell.FreeDiskMb < ask.DiskMb),
                memory: candidates.All(cell => cell.FreeMemoryMb < cell.MemoryFor(ask))
            )
        );
    }

    /// <summary>
    /// Zones with the fewest instances of the process come first, and zones with equally many compete together. Losing a zone should cost
    /// an app as little as possible, so a fuller zone is considered only when the emptier ones have no room, whatever its score. A task
    /// runs once, and all its candidates compete in one round.
    /// </summary>
    private static IEnumerable<List<PlainCell>> Rounds(List<PlainCell> candidates, PlacementAsk ask, List<PlainCell> usable) =>
        ask.Kind == WorkKind.OneOffTask
            ? [candidates]
            : candidates
                .GroupBy(cell => usable.Where(other => other.Report.Zone == cell.Report.Zone).Sum(other => other.InstancesOf(ask.Guid)))
                .OrderBy(zones => zones.Key)
                .Select(zones => zones.ToList());

    /// <summary>Of the cells with room, the one with the lowest score; of equal scores the first in fleet order.</summary>
    private (PlainCell? Winner, double Score, string? Error) Best(List<PlainCell> round, PlacementAsk ask, List<PlainCell> usable)
    {
        var (winner, best) = ((PlainCell?)null, double.PositiveInfinity);
        foreach (var cell in round)
            if (HasRoom(cell, ask) && Score(cell, ask, usable) is var score && score < best)
                (winner, best) = (cell, score);
        return (winner, best, null);
    }

    private static bool HasRoom(PlainCell cell, PlacementAsk ask) =>
        cell.FreeMemoryMb >= cell.MemoryFor(ask) && cell.FreeDiskMb >= ask.DiskMb && cell.FreeContainers >= 1;

    /// <summary>
    /// Lower is better. The mean of the used fractions after placement (fill evenly), plus a little for each container still starting (do
    /// not start everything on one cell), plus 1,000 for each instance of the same process or, for a task, each task (spreading beats
    /// filling). The operations are in Diego's order, because another order would round differently.
    /// </summary>
    private double Score(PlainCell cell, PlacementAsk ask, List<PlainCell> usable)
    {
        var total = cell.Report.Total;
        var memory = 1.0 - (double)(cell.FreeMemoryMb - cell.MemoryFor(ask)) / total.MemoryMb;
        var disk = 1.0 - (double)(cell.FreeDiskMb - ask.DiskMb) / total.DiskMb;
        var containers = 1.0 - (double)(cell.FreeContainers - 1) / total.Containers;
        var resource = (memory + disk + containers) / 3.0 + cell.Starting * rules.StartingContainerWeight;
        if (ask.Kind == WorkKind.OneOffTask)
            return resource + 1000.0 * cell.Tasks;
        // Bin packing, off by default: cells with a low index in their zone fill up first, so that the others can be removed.
        var rank =
            rules.BinPackFirstFitWeight == 0
                ? 0
                : usable.Where(other => other.Report.Zone == cell.Report.Zone).OrderBy(other => other.Report.Index).ToList().IndexOf(cell);
        return resource + 1000.0 * cell.InstancesOf(ask.Guid) + rank * rules.BinPackFirstFitWeight;
    }

    /// <summary>The URL's scheme selects the provider. A provider with fixed names must list the rest of the URL.</summary>
    private static bool OffersRootFs(PlainCell cell, string rootFs)
    {
        var colon = rootFs.IndexOf(':');
        if (colon < 0)
            return false;
        var provider = cell.Report.RootFsProviders.FirstOrDefault(provider => provider.Scheme == rootFs[..colon].ToLowerInvariant());
        return provider is not null && (provider.Names is null || provider.Names.Contains(rootFs[(colon + 1)..].Split('?', '#')[0]));
    }

    /// <summary>A cell's placement tags exclude all work that does not ask for each of them; its optional tags only admit.</summary>
    private static bool OffersTags(PlainCell cell, IReadOnlyList<string> wanted) =>
        cell.Report.PlacementTags.All(wanted.Contains)
        && wanted.All(tag => cell.Report.PlacementTags.Contains(tag) || cell.Report.OptionalPlacementTags.Contains(tag));

    private static (PlainCell? Winner, double Score, string? Error) Nowhere(string error) => (null, 0, error);
}
