namespace Scheduler.Models;

/// <summary>
/// Which cells may take a piece of work at all, whatever their free capacity. Matching rules: Diego's auction,
/// constraints root filesystem, volume drivers, placement tags, in that order; privileges come last.
/// </summary>
/// <param name="RootFs">A URL such as <c>preloaded:cflinuxfs4</c> or <c>docker:///busybox</c>; the scheme names a provider.</param>
/// <param name="VolumeDrivers">Drivers that the cell must have; empty for none.</param>
/// <param name="PlacementTags">Tags wanted: a cell fits when its required tags are among these and these are among its required and optional tags.</param>
public sealed record PlacementConstraint(string RootFs, IReadOnlyList<string> VolumeDrivers, IReadOnlyList<string> PlacementTags)
{
    /// <summary>What the work may do over all others, and the cell's operator must have allowed; see <see cref="Models.Privileges"/>. Not Diego's.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];

    public static PlacementConstraint ForRootFs(string rootFs) => new(rootFs, [], []);
}
