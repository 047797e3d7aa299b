using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>The number of a process's instances on a cell, in any state.</summary>
public readonly record struct ProcessCount(string ProcessGuid, int Count);

/// <summary>The root filesystems of one URL scheme that a cell offers.</summary>
/// <param name="Scheme">The URL scheme, such as <c>preloaded</c> or <c>docker</c>.</param>
/// <param name="Names">The fixed names on offer, or null for any (Diego's <c>arbitrary</c>).</param>
public sealed record RootFsProvider(string Scheme, IReadOnlyList<string>? Names);

/// <summary>
/// A cell's full report. The numbers are the rep's own accounting, which includes all work sent to it and accepted up to
/// <see cref="Revision"/>.
/// </summary>
public sealed record CellReport
{
    public required CellId Cell { get; init; }

    /// <summary>Increases with every start of the rep; revisions of different incarnations are not comparable.</summary>
    public long Incarnation { get; init; }

    /// <summary>Increases with every change of the rep's state. A revision older than the last is refused.</summary>
    public long Revision { get; init; }

    public required string Zone { get; init; }

    /// <summary>The cell's number (BOSH index); used only if the bin-pack weight is above 0.</summary>
    public int Index { get; init; }

    /// <summary>At least 1 in each dimension: a total of 0 would leave the used fraction undefined.</summary>
    public required Resources Total { get; init; }

    /// <summary>From 0 to <see cref="Total"/> in each dimension.</summary>
    public required Resources Available { get; init; }

    public int StartingContainerCount { get; init; }

    /// <summary>Memory that the rep adds to each LRP for its proxy, in MB; 0 if it runs none.</summary>
    public int ProxyMemoryMb { get; init; }

    /// <summary>The number of tasks on the cell, in any state.</summary>
    public int Tasks { get; init; }

    /// <summary>An evacuating cell takes no work, and its instances do not count for zone balance.</summary>
    public bool Evacuating { get; init; }

    /// <summary>A cell whose container runtime is unhealthy is left out like an evacuating one.</summary>
    public bool Healthy { get; init; } = true;

    public IReadOnlyList<RootFsProvider> RootFsProviders { get; init; } = [];
    public IReadOnlyList<string> PlacementTags { get; init; } = [];
    public IReadOnlyList<string> OptionalPlacementTags { get; init; } = [];
    public IReadOnlyList<string> VolumeDrivers { get; init; } = [];
    public IReadOnlyList<string> Privileges { get; init; } = [];
    public IReadOnlyList<ProcessCount> Processes { get; init; } = [];
}

/// <summary>
/// Changes on a cell since its last report: all numbers, and the processes whose count changed. Zone, totals, constraints and proxy memory
/// cannot change this way; they need a <see cref="CellReport"/>.
/// </summary>
public sealed record CellChange
{
    public required CellId Cell { get; init; }
    public long Incarnation { get; init; }

    /// <summary>The revision that this change builds on. It must be the last one applied; otherwise a full report is needed.</summary>
    public long PreviousRevision { get; init; }

    /// <summary>Greater than <see cref="PreviousRevision"/>.</summary>
    public long Revision { get; init; }

    public required Resources Available { get; init; }
    public int StartingContainerCount { get; init; }
    public int Tasks { get; init; }
    public bool Evacuating { get; init; }
    public bool Healthy { get; init; } = true;

    /// <summary>The new counts (0 if none is left) of the processes whose count changed.</summary>
    public IReadOnlyList<ProcessCount> Processes { get; init; } = [];
}
