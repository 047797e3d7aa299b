using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Auctioneer.Cells;
using Scheduler.Models;
using Scheduler.Rep.Api;
using Scheduler.Rep.Capacity;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

/// <summary>A cell with the product's own ledger; its state reaches the auctioneer in the product's own messages.</summary>
internal sealed class ModelCell(string id, string zone, Resources total, int proxyMemoryMb = 0)
{
    private readonly CellLedger _ledger = new(
        new CellProfile
        {
            CellId = new CellId(id),
            Zone = zone,
            Total = total,
            ProxyMemoryMb = proxyMemoryMb,
            PreloadedRootFs = ["linux"],
        }
    );

    private readonly CellMirror _mirror = new();
    private int _guids;

    public CellId Id => _ledger.Profile.CellId;

    public Resources Available => _ledger.Available;

    public long Revision => (long)_ledger.Revision;

    public IReadOnlyCollection<Allocation> Held => _ledger.Allocations;

    /// <summary>Summed from the work on the cell, not taken from the ledger's free amounts.</summary>
    public bool IsOverbooked =>
        Held.Sum(one => (long)one.Demand.MemoryMb) > total.MemoryMb
        || Held.Sum(one => (long)one.Demand.DiskMb) > total.DiskMb
        || Held.Count > total.Containers;

    public BiddingMessage Full()
    {
        Assert.Null(_ledger.Commit());
        var state = new LedgerSnapshot(
            _ledger.Profile,
            _ledger.Revision,
            _ledger.Available,
            [.. _ledger.Allocations],
            _ledger.StartingCount,
            _ledger.Evacuating,
            _ledger.Healthy
        );
        var report = _mirror.Replace(CellStateMessages.ToMessage(state, incarnation: 1));
        return new BiddingMessage.Report(report, _mirror.Held());
    }

    /// <summary>Changes since the last message; null if there are none.</summary>
    public BiddingMessage? Change() =>
        _ledger.Commit() is { } change
            ? new BiddingMessage.Change(_mirror.Apply(CellStateMessages.ToMessage(change, incarnation: 1)))
            : null;

    /// <returns>Reasons of refused work by auction id.</returns>
    public Dictionary<string, string> Perform(IEnumerable<WorkItem> work)
    {
        var lrps = work.Where(item => item.Kind == WorkKind.Lrp)
            .Select(item => new LrpOffer(new LrpKey(item.Guid, item.Index), item.Domain, DemandOf(item)));
        var tasks = work.Where(item => item.Kind == WorkKind.OneOffTask)
            .Select(item => new TaskOffer(item.Guid, item.Domain, DemandOf(item)));
        var verdict = _ledger.Offer([.. lrps], [.. tasks], () => $"{id}-{++_guids}");
        var refused = verdict.RefusedLrps.ToDictionary(refusal => refusal.Key.ToString(), refusal => refusal.Reason);
        foreach (var refusal in verdict.RefusedTasks)
            refused[refusal.TaskGuid] = refusal.Reason;
        return refused;
    }

    public void Run(Allocation one) => _ledger.SetState(one.ContainerGuid, AllocationState.Running);

    public void Release(Allocation one) => _ledger.Release(one.ContainerGuid);

    private static Demand DemandOf(WorkItem item) => new(item.Constraint.RootFs, item.Ask.MemoryMb, item.Ask.DiskMb);
}
