using System.Diagnostics;
using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>
/// The resource ledger of one cell: its totals, its allocations and their holders. The ledger decides on offers of work, and its
/// decision overrides the auctioneer's view. It uses no I/O, clock or threads: the caller orders the calls, and results are deterministic.
/// </summary>
/// <remarks>
/// Changes accumulate until <see cref="Commit"/> gives them one revision, so a batch of work is one change, however large.
/// A container counts from its reservation to its release, whatever its state.
/// </remarks>
public sealed class CellLedger(CellProfile profile)
{
    private readonly Dictionary<string, Allocation> _allocations = [];
    private readonly HashSet<string> _touched = [];
    private long _usedMemoryMb;
    private long _usedDiskMb;
    private bool _flagsTouched;

    public CellProfile Profile { get; } = profile;

    /// <summary>Increases by one with each commit that changed something; 1 is the empty cell.</summary>
    public ulong Revision { get; private set; } = 1;

    public bool Evacuating { get; private set; }

    public bool Healthy { get; private set; } = true;

    /// <summary>Containers that are reserved, initializing or created.</summary>
    public int StartingCount { get; private set; }

    public IReadOnlyCollection<Allocation> Allocations => _allocations.Values;

    /// <summary>Never negative, even if the cell was made smaller and containers found after a restart exceed its capacity.</summary>
    public Resources Available =>
        new(
            (int)Math.Max(0, Profile.Total.MemoryMb - _usedMemoryMb),
            (int)Math.Max(0, Profile.Total.DiskMb - _usedDiskMb),
            Math.Max(0, Profile.Total.Containers - _allocations.Count)
        );

    public Allocation? Find(string containerGuid) => _allocations.GetValueOrDefault(containerGuid);

    /// <summary>
    /// Reserves what fits: LRPs by memory, largest first, then tasks; otherwise in the order given. A smaller one may still fit
    /// after a larger one was refused. Does not detect an index that is already on this cell: the second container loses at its claim.
    /// </summary>
    /// <param name="newInstanceGuid">Returns the container GUID for each accepted LRP.</param>
    public WorkAnswer Offer(IReadOnlyList<LrpOffer> lrps, IReadOnlyList<TaskOffer> tasks, Func<string> newInstanceGuid)
    {
        var taken = new List<Allocation>(lrps.Count + tasks.Count);
        var refusedLrps = new List<LrpRefusal>();
        var refusedTasks = new List<TaskRefusal>();

        var sorted = new int[lrps.Count];
        for (var i = 0; i < sorted.Length; i++)
            sorted[i] = i;
        Array.Sort(
            sorted,
            (a, b) =>
            {
                var byMemory = lrps[b].Demand.MemoryMb.CompareTo(lrps[a].Demand.MemoryMb);
                return byMemory != 0 ? byMemory : a.CompareTo(b);
            }
        );

        // The proxy's memory counts against the running total even for work without a memory limit, although such work does not reserve it.
        var remainingMemoryMb = (long)Available.MemoryMb;
        foreach (var i in sorted)
        {
            var offer = lrps[i];
            var neededMb = (long)offer.Demand.MemoryMb + Profile.ProxyMemoryMb;
            if (Refusal(offer.Demand, neededMb, remainingMemoryMb) is { } reason)
            {
                refusedLrps.Add(new LrpRefusal(offer.Key, offer.Domain, reason));
                continue;
            }

            remainingMemoryMb -= neededMb;
            taken.Add(
                Reserve(
                    new Allocation
                    {
                        ContainerGuid = newInstanceGuid(),
                        ProcessGuid = offer.Key.ProcessGuid,
                        Index = offer.Key.Index,
                        Domain = offer.Domain,
                        Demand = offer.Demand.MemoryMb > 0 ? offer.Demand with { MemoryMb = (int)neededMb } : offer.Demand,
                    }
                )
            );
        }

        for (var i = 0; i < tasks.Count; i++)
        {
            var offer = tasks[i];
            var reason = _allocations.ContainsKey(offer.TaskGuid)
                ? RefusalReasons.DuplicateTask
                : Refusal(offer.Demand, offer.Demand.MemoryMb, Available.MemoryMb);
            if (reason is not null)
                refusedTasks.Add(new TaskRefusal(offer.TaskGuid, reason));
            else
                taken.Add(
                    Reserve(
                        new Allocation
                        {
                            ContainerGuid = offer.TaskGuid,
                            IsTask = true,
                            Domain = offer.Domain,
                            Demand = offer.Demand,
                        }
                    )
                );
        }

        return new WorkAnswer(taken, refusedLrps, refusedTasks);
    }

    private string? Refusal(Demand demand, long neededMemoryMb, long remainingMemoryMb)
    {
        if (Evacuating)
            return RefusalReasons.Evacuating;
        if (!Healthy)
            return RefusalReasons.Unhealthy;
        if (demand.MemoryMb < 0 || demand.DiskMb < 0 || demand.MaxPids < 0)
            return RefusalReasons.NegativeDemand;
        if (!RootFsRules.Provides(Profile, demand.RootFs))
            return PlacementErrors.CellMismatch;
        if (!demand.VolumeDrivers.All(Profile.VolumeDrivers.Contains))
            return PlacementErrors.VolumeDriverMismatch;
        if (!demand.Privileges.All(Profile.Privileges.Contains))
            return PlacementErrors.PrivilegesMismatch(demand.Privileges);

        var free = Available;
        var noMemory = neededMemoryMb > remainingMemoryMb;
        var noDisk = demand.DiskMb > free.DiskMb;
        var noContainer = free.Containers < 1;
        return noMemory || noDisk || noContainer ? PlacementErrors.Insufficient(noContainer, noDisk, noMemory) : null;
    }

    /// <summary>
    /// Records a container that an earlier rep left running. It already exists, so the ledger does not check whether it fits.
    /// </summary>
    public void Restore(Allocation allocation) => Reserve(allocation);

    /// <summary>Returns false if the container does not exist or is already in that state.</summary>
    public bool SetState(string containerGuid, AllocationState state)
    {
        if (!_allocations.TryGetValue(containerGuid, out var allocation) || allocation.State == state)
            return false;
        CountStarting(allocation.State, -1);
        CountStarting(state, +1);
        _allocations[containerGuid] = allocation with { State = state };
        _touched.Add(containerGuid);
        return true;
    }

    /// <summary>Releases the resources of a deleted container. Returns false if it does not exist.</summary>
    public bool Release(string containerGuid)
    {
        if (!_allocations.Remove(containerGuid, out var allocation))
            return false;
        CountStarting(allocation.State, -1);
        _usedMemoryMb -= allocation.Demand.MemoryMb;
        _usedDiskMb -= allocation.Demand.DiskMb;
        _touched.Add(containerGuid);
        Debug.Assert(_usedMemoryMb >= 0 && _usedDiskMb >= 0 && StartingCount >= 0, "more released than reserved");
        return true;
    }

    /// <summary>Refuses all work from now on. Cannot be undone: an evacuated rep exits.</summary>
    public bool BeginEvacuation()
    {
        if (Evacuating)
            return false;
        return _flagsTouched = Evacuating = true;
    }

    public bool SetHealthy(bool healthy)
    {
        if (Healthy == healthy)
            return false;
        Healthy = healthy;
        return _flagsTouched = true;
    }

    /// <summary>Gives all changes since the last commit one revision; null if nothing changed.</summary>
    public LedgerChange? Commit()
    {
        if (_touched.Count == 0 && !_flagsTouched)
            return null;
        var upserted = new List<Allocation>(_touched.Count);
        var removed = new List<string>();
        foreach (var guid in _touched)
        {
            if (_allocations.TryGetValue(guid, out var allocation))
                upserted.Add(allocation);
            else
                removed.Add(guid);
        }

        _touched.Clear();
        _flagsTouched = false;
        Revision++;
        return new LedgerChange(Revision, Available, upserted, removed, StartingCount, Evacuating, Healthy);
    }

    private Allocation Reserve(Allocation allocation)
    {
        _allocations.Add(allocation.ContainerGuid, allocation);
        _usedMemoryMb += allocation.Demand.MemoryMb;
        _usedDiskMb += allocation.Demand.DiskMb;
        CountStarting(allocation.State, +1);
        _touched.Add(allocation.ContainerGuid);
        return allocation;
    }

    private void CountStarting(AllocationState state, int by)
    {
        if (state == AllocationState.Claimed)
            StartingCount += by;
    }
}
