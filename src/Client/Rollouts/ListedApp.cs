using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>One of all apps: LRPs that are versions of the same app count as one.</summary>
/// <param name="Current">The LRP of the current version.</param>
/// <param name="Versions">Null if it was never rolled out.</param>
internal sealed record ListedApp(string Name, DesiredLRP Current, AppVersions? Versions)
{
    /// <summary>The LRPs that may have instances.</summary>
    public IEnumerable<string> ProcessGuids => Versions is null ? [Name] : Versions.InUse().Select(version => version.ProcessGuid);

    /// <summary>Those that it should have, once a rollout under way is over.</summary>
    public int Instances =>
        Versions?.Rollout is { IsBack: false } rollout ? rollout.Instances : Versions?.Rollout?.InstancesBefore ?? Current.Instances;

    /// <returns>In the order of <paramref name="lrps"/>. What cannot be read, or belongs to no app, is an app of its own.</returns>
    public static IReadOnlyList<ListedApp> Of(IReadOnlyCollection<DesiredLRP> lrps)
    {
        var versions = lrps.Select(lrp => (lrp.ProcessGuid, Versions: TryRead(lrp)))
            .Where(app => app.Versions is not null)
            .ToDictionary(app => app.ProcessGuid, app => app.Versions!);
        if (versions.Count == 0)
            return [.. lrps.Select(lrp => new ListedApp(lrp.ProcessGuid, lrp, null))];
        var byGuid = lrps.ToDictionary(lrp => lrp.ProcessGuid);
        var parts = versions.Values.SelectMany(app => app.Versions.Skip(1)).Select(version => version.ProcessGuid).ToHashSet();
        return
        [
            .. lrps.Where(lrp => !parts.Contains(lrp.ProcessGuid))
                .Select(lrp =>
                    versions.GetValueOrDefault(lrp.ProcessGuid) is { } app
                    && byGuid.GetValueOrDefault(app.CurrentVersion.ProcessGuid) is { } current
                        ? new ListedApp(lrp.ProcessGuid, current, app)
                        : new ListedApp(lrp.ProcessGuid, lrp, null)
                ),
        ];
    }

    /// <summary>The LRPs of all apps that may have instances: without those that only keep an old definition.</summary>
    public static IReadOnlyList<DesiredLRP> InUse(IReadOnlyCollection<DesiredLRP> lrps)
    {
        var inUse = Of(lrps).SelectMany(app => app.ProcessGuids).ToHashSet();
        return [.. lrps.Where(lrp => inUse.Contains(lrp.ProcessGuid))];
    }

    // One app that cannot be read should not hide the others.
    private static AppVersions? TryRead(DesiredLRP lrp)
    {
        try
        {
            return AppVersions.Of(lrp) is { } versions && versions.Version(versions.Current) is not null ? versions : null;
        }
        catch (DomainException)
        {
            return null;
        }
    }
}
