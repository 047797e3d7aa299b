using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Rep.Capacity;

namespace Scheduler.Simulation.Fleet;

/// <summary>A cell: the rep's own ledger, the work behind its claims, and the changes that it sends to the auctioneer.</summary>
internal sealed class FleetCell(CellProfile profile)
{
    private readonly Dictionary<string, int> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private int _tasks;

    public CellProfile Profile { get; } = profile;

    public CellId Id => Profile.CellId;

    public CellLedger Ledger { get; private set; } = new(profile);

    /// <summary>Incremented with every start of the rep.</summary>
    public long Incarnation { get; private set; } = 1;

    public bool Up { get; set; } = true;

    public bool Draining => Up && Ledger.Evacuating;

    /// <summary>The BBS's record of the cell's work, by container; outlives the cell until its loss is noticed.</summary>
    public Dictionary<string, FleetWork> Containers { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Arrival of the last message of the state stream; no later message may arrive before it.</summary>
    public TimeSpan StreamUntil { get; set; }

    /// <summary>Time of the last message to or from the cell.</summary>
    public TimeSpan ActiveAt { get; set; }

    /// <summary>Whether the rep is still in the given run.</summary>
    public bool Runs(long incarnation) => Up && Incarnation == incarnation;

    public void Restart()
    {
        Ledger = new CellLedger(Profile);
        Incarnation++;
        Up = true;
        Containers = new(StringComparer.Ordinal);
        _instances.Clear();
        _touched.Clear();
        _tasks = 0;
    }

    /// <summary>Counts work that the ledger has accepted.</summary>
    public void Booked(Allocation taken) => Count(taken, +1);

    public bool Release(string container)
    {
        if (Ledger.Find(container) is not { } held)
            return false;
        Count(held, -1);
        Containers.Remove(container);
        return Ledger.Release(container);
    }

    /// <summary>The ledger's next revision as an auction change, or null if nothing changed.</summary>
    public CellChange? Commit()
    {
        if (Ledger.Commit() is not { } change)
            return null;
        var processes = new ProcessCount[_touched.Count];
        var next = 0;
        foreach (var process in _touched)
            processes[next++] = new ProcessCount(process, _instances.GetValueOrDefault(process));
        _touched.Clear();
        return new CellChange
        {
            Cell = Id,
            Incarnation = Incarnation,
            PreviousRevision = (long)change.Revision - 1,
            Revision = (long)change.Revision,
            Available = change.Available,
            StartingContainerCount = change.StartingCount,
            Tasks = _tasks,
            Evacuating = change.Evacuating,
            Healthy = change.Healthy,
            Processes = processes,
        };
    }

    public CellReport Report() =>
        new()
        {
            Cell = Id,
            Incarnation = Incarnation,
            Revision = (long)Ledger.Revision,
            Zone = Profile.Zone,
            Index = Profile.CellIndex,
            Total = Profile.Total,
            Available = Ledger.Available,
            StartingContainerCount = Ledger.StartingCount,
            ProxyMemoryMb = Profile.ProxyMemoryMb,
            Tasks = _tasks,
            Evacuating = Ledger.Evacuating,
            Healthy = Ledger.Healthy,
            RootFsProviders =
            [
                new("preloaded", Profile.PreloadedRootFs),
                .. Profile.RootFsSchemes.Select(scheme => new RootFsProvider(scheme, null)),
            ],
            PlacementTags = Profile.PlacementTags,
            OptionalPlacementTags = Profile.OptionalPlacementTags,
            VolumeDrivers = Profile.VolumeDrivers,
            Processes = [.. _instances.Select(process => new ProcessCount(process.Key, process.Value))],
        };

    /// <summary>The auction ids of the work that the cell holds.</summary>
    public IReadOnlySet<string> Held()
    {
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (var allocation in Ledger.Allocations)
            held.Add(allocation.IsTask ? allocation.ContainerGuid : allocation.Key.ToString());
        return held;
    }

    private void Count(Allocation allocation, int by)
    {
        if (allocation.IsTask)
        {
            _tasks += by;
            return;
        }

        var count = _instances.GetValueOrDefault(allocation.ProcessGuid) + by;
        if (count == 0)
            _instances.Remove(allocation.ProcessGuid);
        else
            _instances[allocation.ProcessGuid] = count;
        _touched.Add(allocation.ProcessGuid);
    }
}
