namespace Scheduler.Models;

/// <summary>
/// Which cells may take a piece of work at all, whatever their free capacity. The matching rules are those of Diego's auction: root
/// filesystem, volume drivers, placement tags, in that order; privileges come last.
/// </summary>
/// <param name="RootFs">A URL such as <c>preloaded:cflinuxfs4</c> or <c>docker:///busybox</c>; the scheme names a provider.</param>
/// <param name="VolumeDrivers">Drivers that the cell must have; empty for none.</param>
/// <param name="PlacementTags">Tags wanted: a cell fits if its required tags are among these, and these are among its required and optional
/// tags.</param>
public sealed record PlacementConstraint(string RootFs, IReadOnlyList<string> VolumeDrivers, IReadOnlyList<string> PlacementTags)
{
    /// <summary>
    /// Extra privileges of the work, which the cell's operator must have allowed; see <see cref="Models.Privileges"/>. Not in Diego.
    /// </summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];

    public static PlacementConstraint ForRootFs(string rootFs) => new(rootFs, [], []);
}
