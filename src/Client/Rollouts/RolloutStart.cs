using System.Globalization;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>Begins rollouts: afterwards, <see cref="RolloutRunner"/> carries them out. The caller holds the app's lock.</summary>
internal static class RolloutStart
{
    /// <summary>How many LRPs that belong to others may have the name that a version should get.</summary>
    private const int MostTaken = 100;

    /// <summary>To a new definition.</summary>
    /// <param name="wanted">Its name is ignored.</param>
    /// <exception cref="DomainException">The server refused it; nothing was changed.</exception>
    public static async Task ToNewAsync(
        ClientSession session,
        App app,
        DesiredLRP wanted,
        Func<App, int, Rollout> plan,
        CancellationToken cancellationToken
    )
    {
        var versions = app.VersionsOrFirst;
        var version = await DesireAsync(session, app.Name, versions, wanted, cancellationToken);
        versions = versions with { Last = version.Number, Versions = [.. versions.Versions, version] };
        await app.WriteAsync(session, versions with { Rollout = plan(app, version.Number) }, cancellationToken);
    }

    /// <summary>To a version that is kept.</summary>
    public static Task ToKeptAsync(
        ClientSession session,
        App app,
        int number,
        Func<App, int, Rollout> plan,
        CancellationToken cancellationToken
    ) => app.WriteAsync(session, app.Versions! with { Rollout = plan(app, number) }, cancellationToken);

    private static async Task<AppVersion> DesireAsync(
        ClientSession session,
        string app,
        AppVersions versions,
        DesiredLRP wanted,
        CancellationToken cancellationToken
    )
    {
        for (var number = versions.Last + 1; ; number++)
        {
            var lrp = wanted.Clone();
            lrp.ProcessGuid = string.Create(CultureInfo.InvariantCulture, $"{app}-v{number}");
            lrp.Instances = 0;
            lrp.ModificationTag = null;
            lrp.Routes = new VersionMark(app, number).In(wanted.Routes);
            try
            {
                await session.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp }, session.Call(cancellationToken));
                return new AppVersion(number, lrp.ProcessGuid, UnixNanos.From(session.Time.GetUtcNow()), "");
            }
            catch (DomainException taken) when (taken.Kind == ErrorKind.ResourceExists && number < versions.Last + MostTaken)
            {
                var other = await App.LrpAsync(session, lrp.ProcessGuid, cancellationToken);
                if (VersionMark.Of(other)?.App != app || other.Instances > 0)
                    continue;
                // A client that died between its two writes left it.
                await session.DesiredLrps.RemoveAsync(
                    new RemoveDesiredLRPRequest { ProcessGuid = lrp.ProcessGuid },
                    session.Call(cancellationToken)
                );
                number--;
            }
        }
    }
}
