using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>How many instances of a process are on a cell, in any state.</summary>
public readonly record struct ProcessCount(string ProcessGuid, int Count);

/// <summary>Which root filesystems of one URL scheme a cell offers.</summary>
/// <param name="Scheme">The URL scheme, such as <c>preloaded</c> or <c>docker</c>.</param>
/// <param name="Names">The fixed names on offer, or null for any (Diego's <c>arbitrary</c>).</param>
public sealed record RootFsProvider(string Scheme, IReadOnlyList<string>? Names);

/// <summary>
/// Everything that a cell says about itself. The numbers are the rep's own accounting, which includes the work that
/// was sent to it and accepted up to <see cref="Revision"/>.
/// </summary>
public sealed record CellReport
{
    public required CellId Cell { get; init; }

    /// <summary>Grows with every start of the rep; revisions of different incarnations are not comparable.</summary>
    public long Incarnation { get; init; }

    /// <summary>Grows with every change of the rep's state. An older one than the last is refused.</summary>
    public long Revision { get; init; }

    public required string Zone { get; init; }

    /// <summary>The cell's number (BOSH index); matters only when the bin-pack weight is above 0.</summary>
    public int Index { get; init; }

    /// <summary>At least 1 in each dimension: a total of 0 would leave the used fraction undefined.</summary>
    public required Resources Total { get; init; }

    /// <summary>From 0 to <see cref="Total"/> in each dimension.</summary>
    public required Resources Available { get; init; }

    public int StartingContainerCount { get; init; }

    /// <summary>What the rep adds to each LRP's memory for its proxy, in MB; 0 when it runs none.</summary>
    public int ProxyMemoryMb { get; init; }

    /// <summary>How many tasks are on the cell, in any state.</summary>
    public int Tasks { get; init; }

    /// <summary>An evacuating cell takes no work, and its instances do not count for zone balance.</summary>
    public bool Evacuating { get; init; }

    /// <summary>A cell whose container runtime is unwell is left out like an evacuating one.</summary>
    public bool Healthy { get; init; } = true;

    public IReadOnlyList<RootFsProvider> RootFsProviders { get; init; } = [];
    public IReadOnlyList<string> PlacementTags { get; init; } = [];
    public IReadOnlyList<string> OptionalPlacementTags { get; init; } = [];
    public IReadOnlyList<string> VolumeDrivers { get; init; } = [];
    public IReadOnlyList<string> Privileges { get; init; } = [];
    public IReadOnlyList<ProcessCount> Processes { get; init; } = [];
}

/// <summary>
/// What changed on a cell since its last report: numbers in full, processes only where the count is another.
/// Zone, totals, constraints and proxy memory do not change this way; they need a <see cref="CellReport"/>.
/// </summary>
public sealed record CellChange
{
    public required CellId Cell { get; init; }
    public long Incarnation { get; init; }

    /// <summary>The revision that this change builds on; must be the last one applied, else a full report is needed.</summary>
    public long PreviousRevision { get; init; }

    /// <summary>Greater than <see cref="PreviousRevision"/>.</summary>
    public long Revision { get; init; }

    public required Resources Available { get; init; }
    public int StartingContainerCount { get; init; }
    public int Tasks { get; init; }
    public bool Evacuating { get; init; }
    public bool Healthy { get; init; } = true;

    /// <summary>The new counts (0: gone) of those processes whose count changed.</summary>
    public IReadOnlyList<ProcessCount> Processes { get; init; } = [];
}
