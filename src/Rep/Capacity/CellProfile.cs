using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>The capacity and the offers of a cell; fixed for one run of its rep.</summary>
public sealed record CellProfile
{
    public required CellId CellId { get; init; }

    public required Resources Total { get; init; }

    public string Zone { get; init; } = "";

    /// <summary>Position of the cell in its deployment.</summary>
    public int CellIndex { get; init; }

    /// <summary>Schemes of root filesystem URLs, such as <c>oci</c>, that the cell accepts with any opaque part.</summary>
    public IReadOnlyList<string> RootFsSchemes { get; init; } = [];

    /// <summary>Names that the cell accepts in <c>preloaded:NAME</c>.</summary>
    public IReadOnlyList<string> PreloadedRootFs { get; init; } = [];

    /// <summary>Names of the volumes that the cell can mount.</summary>
    public IReadOnlyList<string> VolumeDrivers { get; init; } = [];

    public IReadOnlyList<string> PlacementTags { get; init; } = [];

    /// <summary>Privileges that the operator lets work request; see <see cref="Models.Privileges"/>.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];

    public IReadOnlyList<string> OptionalPlacementTags { get; init; } = [];

    /// <summary>Added to the memory of each LRP; 0 if there is no proxy.</summary>
    public int ProxyMemoryMb { get; init; }

    public string RepUrl { get; init; } = "";
}
