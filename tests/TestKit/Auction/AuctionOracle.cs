using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>
/// The rules of the auction, written down plainly: every decision looks at every cell and every instance. Slow on
/// purpose, and sharing no code with the engine beyond its messages. What the fast engine must agree with.
/// </summary>
public sealed class AuctionOracle(AuctionRules rules)
{
    /// <summary>In the fleet's order.</summary>
    public List<OracleCell> Cells { get; } = [];

    public ErrorKind? Apply(CellReport report)
    {
        var cell = Find(report.Cell);
        if (cell is null)
        {
            Cells.Add(new OracleCell(report));
            return null;
        }

        if (IsOlder(cell, report.Incarnation, report.Revision)) return ErrorKind.StaleVersion;
        cell.Report = report;
        cell.Processes.Clear();
        foreach (var process in report.Processes) cell.Processes.Add(process.ProcessGuid, process.Count);
        cell.Reservations.RemoveAll(held => held.Confirmed && cell.HoldsBy(held));
        return null;
    }

    public ErrorKind? Apply(CellChange change)
    {
        if (Find(change.Cell) is not { } cell) return ErrorKind.ResourceNotFound;
        if (IsOlder(cell, change.Incarnation, change.Revision)) return ErrorKind.StaleVersion;
        if (change.Incarnation != cell.Report.Incarnation || change.PreviousRevision != cell.Report.Revision) return ErrorKind.RevisionGone;
        cell.Report = cell.Report with
        {
            Revision = change.Revision,
            Available = change.Available,
            StartingContainerCount = change.StartingContainerCount,
            Tasks = change.Tasks,
            Evacuating = change.Evacuating,
            Healthy = change.Healthy,
        };
        foreach (var process in change.Processes)
        {
            cell.Processes.Remove(process.ProcessGuid);
            if (process.Count > 0) cell.Processes.Add(process.ProcessGuid, process.Count);
        }

        cell.Reservations.RemoveAll(held => held.Confirmed && cell.HoldsBy(held));
        return null;
    }

    public bool Remove(CellId id) => Cells.RemoveAll(cell => cell.Report.Cell == id) > 0;

    public SettleOutcome Confirm(OracleReservation held, long incarnation, long revision)
    {
        var cell = Cells.Find(cell => cell.Reservations.Contains(held));
        if (cell is null || held.Confirmed) return SettleOutcome.Unknown;
        (held.Confirmed, held.Incarnation, held.Revision) = (true, incarnation, revision);
        if (cell.HoldsBy(held)) cell.Reservations.Remove(held);
        return SettleOutcome.Settled;
    }

    /// <summary>Refusal and lapse alike.</summary>
    public SettleOutcome Release(OracleReservation held) =>
        !held.Confirmed && Cells.Any(cell => cell.Reservations.Remove(held)) ? SettleOutcome.Settled : SettleOutcome.Unknown;

    public (OracleReservation? Held, CellId Cell, double Score, string? Error) Place(PlacementAsk ask)
    {
        var (winner, score, error) = Decide(ask);
        if (winner is null) return (null, default, 0, error);
        var memory = ask.MemoryMb;
        if (ask.Kind == WorkKind.Lrp && memory > 0 && rules.ProxyMemory == ProxyMemoryAccounting.Reserved) memory += winner.Report.ProxyMemoryMb;
        var held = new OracleReservation { Ask = ask, MemoryMb = memory };
        winner.Reservations.Add(held);
        return (held, winner.Report.Cell, score, null);
    }

    public (OracleCell? Winner, double Score, string? Error) Decide(PlacementAsk ask)
    {
        var usable = Cells.Where(cell => cell.Usable).ToList();
        if (usable.Count == 0) return (null, 0, PlacementErrors.CellCommunication);
        if (rules.StartingContainerCountMaximum > 0 && usable.Sum(cell => (long)cell.Starting) >= rules.StartingContainerCountMaximum)
            return (null, 0, PlacementErrors.ExceededInflightCreation);

        var wanted = ask.Constraints.Constraint;
        var byRootFs = usable.Where(cell => OffersRootFs(cell, wanted.RootFs)).ToList();
        if (byRootFs.Count == 0) return (null, 0, PlacementErrors.CellMismatch);
        var byDrivers = byRootFs.Where(cell => wanted.VolumeDrivers.All(cell.Report.VolumeDrivers.Contains)).ToList();
        if (byDrivers.Count == 0) return (null, 0, PlacementErrors.VolumeDriverMismatch);
        var candidates = byDrivers.Where(cell => OffersTags(cell, wanted.PlacementTags)).ToList();
        if (candidates.Count == 0) return (null, 0, PlacementErrors.TagMismatch(wanted.PlacementTags));

        // Tasks ignore zones: all candidates stand in one row.
        var rounds = ask.Kind == WorkKind.OneOffTask
            ? [candidates]
            : candidates
                .GroupBy(cell => usable.Where(other => other.Report.Zone == cell.Report.Zone).Sum(other => other.InstancesOf(ask.Guid)))
                .OrderBy(zones => zones.Key).Select(zones => zones.ToList());
        foreach (var round in rounds)
        {
            OracleCell? winner = null;
            var best = double.PositiveInfinity;
            foreach (var cell in round)
            {
                if (!Fits(cell, ask)) continue;
                var score = Score(cell, ask, usable);
                if (score < best) (winner, best) = (cell, score);
            }

            if (winner is not null) return (winner, best, null);
        }

        return (null, 0, PlacementErrors.Insufficient(
            containers: candidates.All(cell => cell.FreeContainers < 1),
            disk: candidates.All(cell => cell.FreeDiskMb < ask.DiskMb),
            memory: candidates.All(cell => cell.FreeMemoryMb < cell.MemoryFor(ask))));
    }

    public OracleCell? Find(CellId id) => Cells.Find(cell => cell.Report.Cell == id);

    private static bool IsOlder(OracleCell cell, long incarnation, long revision) =>
        incarnation < cell.Report.Incarnation || (incarnation == cell.Report.Incarnation && revision < cell.Report.Revision);

    private static bool Fits(OracleCell cell, PlacementAsk ask) =>
        cell.FreeMemoryMb >= cell.MemoryFor(ask) && cell.FreeDiskMb >= ask.DiskMb && cell.FreeContainers >= 1;

    private double Score(OracleCell cell, PlacementAsk ask, List<OracleCell> usable)
    {
        var total = cell.Report.Total;
        var memory = 1.0 - (double)(cell.FreeMemoryMb - cell.MemoryFor(ask)) / total.MemoryMb;
        var disk = 1.0 - (double)(cell.FreeDiskMb - ask.DiskMb) / total.DiskMb;
        var containers = 1.0 - (double)(cell.FreeContainers - 1) / total.Containers;
        var resource = (memory + disk + containers) / 3.0 + cell.Starting * rules.StartingContainerWeight;
        if (ask.Kind == WorkKind.OneOffTask) return resource + 1000.0 * cell.Tasks;
        var rank = rules.BinPackFirstFitWeight == 0
            ? 0
            : usable.Where(other => other.Report.Zone == cell.Report.Zone).OrderBy(other => other.Report.Index).ToList().IndexOf(cell);
        return resource + 1000.0 * cell.InstancesOf(ask.Guid) + rank * rules.BinPackFirstFitWeight;
    }

    private static bool OffersRootFs(OracleCell cell, string rootFs)
    {
        var colon = rootFs.IndexOf(':');
        if (colon < 0) return false;
        var provider = cell.Report.RootFsProviders.FirstOrDefault(provider => provider.Scheme == rootFs[..colon].ToLowerInvariant());
        return provider is not null && (provider.Names is null || provider.Names.Contains(rootFs[(colon + 1)..].Split('?', '#')[0]));
    }

    private static bool OffersTags(OracleCell cell, IReadOnlyList<string> wanted) =>
        cell.Report.PlacementTags.All(wanted.Contains)
        && wanted.All(tag => cell.Report.PlacementTags.Contains(tag) || cell.Report.OptionalPlacementTags.Contains(tag));
}
