using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>What a cell has and offers; fixed for one run of its rep.</summary>
public sealed record CellProfile
{
    public required CellId CellId { get; init; }

    public required Resources Total { get; init; }

    public string Zone { get; init; } = "";

    /// <summary>Position of the cell in its deployment.</summary>
    public int CellIndex { get; init; }

    /// <summary>Schemes of root filesystem URLs of which the cell takes any opaque part, such as <c>oci</c>.</summary>
    public IReadOnlyList<string> RootFsSchemes { get; init; } = [];

    /// <summary>Names that <c>preloaded:NAME</c> may have.</summary>
    public IReadOnlyList<string> PreloadedRootFs { get; init; } = [];

    public IReadOnlyList<string> VolumeDrivers { get; init; } = [];

    public IReadOnlyList<string> PlacementTags { get; init; } = [];

    /// <summary>What its operator allows work to ask for; see <see cref="Models.Privileges"/>.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];

    public IReadOnlyList<string> OptionalPlacementTags { get; init; } = [];

    /// <summary>Added to the memory of each LRP; 0 when there is no proxy.</summary>
    public int ProxyMemoryMb { get; init; }

    public string RepUrl { get; init; } = "";
}
