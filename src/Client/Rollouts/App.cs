using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>What the name of an LRP means to people: its current version, whichever LRP that is.</summary>
/// <param name="Named">The LRP that has the name. It is the first version.</param>
/// <param name="Versions">Null if it was never rolled out.</param>
/// <param name="Current">The LRP of the current version.</param>
internal sealed record App(DesiredLRP Named, AppVersions? Versions, DesiredLRP Current)
{
    public string Name => Named.ProcessGuid;

    /// <summary>Its versions; the first one alone, if it was never rolled out.</summary>
    public AppVersions VersionsOrFirst => Versions ?? AppVersions.First(Name);

    public bool IsRollingOut => Versions?.Rollout is not null;

    /// <summary>The LRPs that may have instances, that of the current version first.</summary>
    public IReadOnlyList<string> ProcessGuids => Versions is null ? [Name] : [.. Versions.InUse().Select(version => version.ProcessGuid)];

    /// <exception cref="DomainException">There is no such LRP; names the one that may be meant.</exception>
    public static async Task<App> GetAsync(ClientSession session, string name, CancellationToken cancellationToken) =>
        await FindAsync(session, name, cancellationToken) ?? throw await Missing.LrpAsync(session, name, cancellationToken);

    /// <summary>Null if there is no such LRP.</summary>
    public static async Task<App?> FindAsync(ClientSession session, string name, CancellationToken cancellationToken)
    {
        if (await FindLrpAsync(session, name, cancellationToken) is not { } named)
            return null;
        var versions = AppVersions.Of(named);
        var guid = versions?.CurrentVersion.ProcessGuid ?? name;
        // Somebody who does not know of versions may have deleted one. The others can still be seen and deleted.
        var current = guid == name ? named : await FindLrpAsync(session, guid, cancellationToken) ?? named;
        return new App(named, versions, current);
    }

    /// <summary>The instances of the versions in use.</summary>
    public async Task<List<ActualLRP>> RowsAsync(ClientSession session, CancellationToken cancellationToken)
    {
        var rows = new List<ActualLRP>();
        foreach (var guid in ProcessGuids)
            rows.AddRange((await session.ActualLrpsAsync(new ListActualLRPsRequest { ProcessGuid = guid }, cancellationToken)).Rows);
        return rows;
    }

    /// <summary>Refuses a change that does not belong to a rollout under way, or that is meant for one version.</summary>
    /// <exception cref="DomainException">InvalidStateTransition: says what to do instead.</exception>
    public App Changeable()
    {
        if (IsRollingOut)
            throw UnderWay();
        return VersionMark.Of(Named) is { App: { } app } mark
            ? throw new DomainError(
                ErrorKind.InvalidStateTransition,
                $"{Name} is version {mark.Version} of {app}: name {app} instead"
            ).ToException()
            : this;
    }

    public DomainException UnderWay() =>
        new DomainError(
            ErrorKind.InvalidStateTransition,
            $"{Name} is being rolled out to version {Versions?.Rollout?.To}: scheduler lrp rollout {Name} --resume goes on with that, "
                + $"scheduler lrp rollout undo {Name} takes it back"
        ).ToException();

    /// <summary>Replaces what is known of the versions.</summary>
    public async Task WriteAsync(ClientSession session, AppVersions versions, CancellationToken cancellationToken) =>
        await session.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest
            {
                ProcessGuid = Name,
                Update = new DesiredLRPUpdate { Routes = versions.In(Named.Routes) },
            },
            session.Call(cancellationToken)
        );

    /// <summary>Removes all versions, also in the middle of a rollout.</summary>
    /// <exception cref="DomainException">InvalidStateTransition: it is a version of another app.</exception>
    public async Task DeleteAsync(ClientSession session, CancellationToken cancellationToken)
    {
        // What is left of an app whose own LRP is gone may be deleted.
        if (VersionMark.Of(Named) is { App: { } app } && await FindAsync(session, app, cancellationToken) is not null)
            Changeable();
        foreach (var version in Versions?.Versions.Skip(1) ?? [])
            await RemoveAsync(session, version.ProcessGuid, cancellationToken);
        // The last one, so that whoever is interrupted can delete the rest.
        await session.DesiredLrps.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = Name }, session.Call(cancellationToken));
    }

    /// <summary>Removes an LRP, if it is still there.</summary>
    internal static async Task RemoveAsync(ClientSession session, string guid, CancellationToken cancellationToken)
    {
        try
        {
            await session.DesiredLrps.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = guid }, session.Call(cancellationToken));
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            // Another client was faster.
        }
    }

    internal static async Task<DesiredLRP> LrpAsync(ClientSession session, string guid, CancellationToken cancellationToken) =>
        (await session.DesiredLrps.GetAsync(new GetDesiredLRPRequest { ProcessGuid = guid }, session.Call(cancellationToken))).DesiredLrp;

    private static async Task<DesiredLRP?> FindLrpAsync(ClientSession session, string guid, CancellationToken cancellationToken)
    {
        try
        {
            return await LrpAsync(session, guid, cancellationToken);
        }
        catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
        {
            return null;
        }
    }
}
