using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Cells;

/// <summary>
/// Copy of one cell's state, kept from its state stream. A change names only containers; with this copy it can be passed to the auction as
/// process counts.
/// </summary>
internal sealed class CellMirror
{
    private readonly Dictionary<string, CellWork> _work = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _instances = new(StringComparer.Ordinal);
    private int _tasks;

    public CellId Cell { get; private set; }

    /// <summary>The auction ids of all work on the cell.</summary>
    public IReadOnlySet<string> Held() => _work.Values.Select(CellStateTranslation.AuctionIdOf).ToHashSet(StringComparer.Ordinal);

    public CellReport Replace(CellState state)
    {
        Cell = new CellId(state.CellId);
        _work.Clear();
        _instances.Clear();
        _tasks = 0;
        foreach (var work in state.Work)
            Put(work, touched: null);
        return CellStateTranslation.ToReport(state);
    }

    public CellChange Apply(CellStateChange change)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var guid in change.RemovedContainerGuids)
            Take(guid, touched);
        foreach (var work in change.Upserted)
            Put(work, touched);
        return new CellChange
        {
            Cell = Cell,
            Incarnation = change.Incarnation,
            PreviousRevision = checked((long)change.PreviousRevision),
            Revision = checked((long)change.Revision),
            Available = CellStateTranslation.ToResources(change.Available),
            StartingContainerCount = change.StartingContainerCount,
            Tasks = _tasks,
            Evacuating = change.Evacuating,
            Healthy = change.Healthy,
            Processes = [.. touched.Select(process => new ProcessCount(process, _instances.GetValueOrDefault(process)))],
        };
    }

    private void Put(CellWork work, HashSet<string>? touched)
    {
        Take(work.ContainerGuid, touched);
        _work[work.ContainerGuid] = work;
        if (work.IsTask)
        {
            _tasks++;
            return;
        }

        _instances[work.ProcessGuid] = _instances.GetValueOrDefault(work.ProcessGuid) + 1;
        touched?.Add(work.ProcessGuid);
    }

    private void Take(string containerGuid, HashSet<string>? touched)
    {
        if (!_work.Remove(containerGuid, out var work))
            return;
        if (work.IsTask)
        {
            _tasks--;
            return;
        }

        touched?.Add(work.ProcessGuid);
        if (--_instances[work.ProcessGuid] == 0)
            _instances.Remove(work.ProcessGuid);
    }
}
