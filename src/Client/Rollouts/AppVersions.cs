using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>
/// Which versions an app has, and its rollout under way. It is kept in the LRP that has the app's name, in a group of its routes, so that one
/// write changes all of it and every client sees it. An app that was never rolled out has none.
/// </summary>
/// <param name="Current">The version that the app's name means.</param>
/// <param name="Previous">The version that was current before; 0 if there is none.</param>
/// <param name="Last">The highest number given so far; numbers are not given twice.</param>
/// <param name="Versions">The kept ones, the oldest first. The first has the app's name.</param>
/// <param name="Rollout">Null if none is under way.</param>
internal sealed record AppVersions(int Current, int Previous, int Last, IReadOnlyList<AppVersion> Versions, Rollout? Rollout)
{
    /// <summary>Enough to return to what ran weeks ago, few enough to read; Kubernetes keeps as many.</summary>
    public const int MostKept = 10;

    /// <summary>Those of an app that was never rolled out.</summary>
    public static AppVersions First(string app) => new(1, 0, 1, [new AppVersion(1, app, 0, "")], null);

    [JsonIgnore]
    public AppVersion CurrentVersion => Version(Current) ?? throw Unreadable(Versions[0].ProcessGuid, "its current version is missing");

    public AppVersion? Version(int number) => Versions.FirstOrDefault(version => version.Number == number);

    /// <summary>The versions that may have instances: the current one, and the other one of a rollout. The current one comes first.</summary>
    public IEnumerable<AppVersion> InUse() =>
        Rollout is null ? [CurrentVersion] : Versions.Where(version => version.Number == Rollout.From || version.Number == Rollout.To);

    /// <summary>The kept versions beyond the limit that nothing needs: neither current, previous, nor the one with the app's name.</summary>
    public (AppVersions Kept, IReadOnlyList<AppVersion> Dropped) Pruned(int most = MostKept)
    {
        var dropped = Versions
            .Skip(1)
            .Where(version => version.Number != Current && version.Number != Previous)
            .Take(Math.Max(0, Versions.Count - most))
            .ToList();
        return (this with { Versions = [.. Versions.Except(dropped)] }, dropped);
    }

    /// <returns>Null if the LRP has none.</returns>
    /// <exception cref="DomainException">They are not as this program writes them.</exception>
    public static AppVersions? Of(DesiredLRP lrp)
    {
        if (Group(lrp) is not { } text)
            return null;
        try
        {
            var versions = JsonSerializer.Deserialize(text.Span, VersionsJson.Default.AppVersions);
            // The group of a version's own LRP has other fields.
            return versions is { Versions.Count: > 0 } ? versions : null;
        }
        catch (JsonException failure)
        {
            throw Unreadable(lrp.ProcessGuid, failure.Message);
        }
    }

    /// <summary>The LRP's routes with these versions in them.</summary>
    public ProtoRoutes In(ProtoRoutes? routes) => With(routes, JsonSerializer.SerializeToUtf8Bytes(this, VersionsJson.Default.AppVersions));

    internal static ByteString? Group(DesiredLRP lrp) =>
        lrp.Routes is not null && lrp.Routes.Routes.TryGetValue(RouteKeys.Versions, out var text) ? text : null;

    internal static ProtoRoutes With(ProtoRoutes? routes, byte[] json)
    {
        var after = routes?.Clone() ?? new ProtoRoutes();
        after.Routes[RouteKeys.Versions] = ByteString.CopyFrom(json);
        return after;
    }

    private static DomainException Unreadable(string app, string why) =>
        new DomainError(ErrorKind.Unknown, $"the versions of {app} cannot be read: {why}").ToException();
}

/// <summary>A definition that an app has or had.</summary>
/// <param name="ProcessGuid">The LRP that keeps it, with no instances unless it is in use.</param>
/// <param name="CreatedAt">Unix nanoseconds; 0 if that was not recorded.</param>
/// <param name="Failure">Why its rollout was taken back; empty if it was not.</param>
internal sealed record AppVersion(int Number, string ProcessGuid, long CreatedAt, string Failure);

/// <summary>A rollout under way.</summary>
/// <param name="Instances">Of the app, once it is over.</param>
/// <param name="InstancesBefore">Of the app before, which a rollback restores.</param>
/// <param name="MaxSurge">Instances beyond <paramref name="Instances"/> that may exist meanwhile.</param>
/// <param name="MaxUnavailable">Instances that may be missing meanwhile.</param>
/// <param name="Reason">Why it goes back; empty while it goes on.</param>
internal sealed record Rollout(
    int From,
    int To,
    int Instances,
    int InstancesBefore,
    int MaxSurge,
    int MaxUnavailable,
    bool IsBack,
    RolloutPause Pause,
    string Reason
);

internal enum RolloutPause
{
    None,

    /// <summary>Once the first instances of the new version are available.</summary>
    AfterFirst,

    Paused,
}

/// <summary>What the LRP of a version knows, unless it has the app's name.</summary>
internal sealed record VersionMark(string? App, int Version)
{
    /// <returns>Null if the LRP is no such version.</returns>
    public static VersionMark? Of(DesiredLRP lrp)
    {
        if (AppVersions.Group(lrp) is not { } text)
            return null;
        try
        {
            return JsonSerializer.Deserialize(text.Span, VersionsJson.Default.VersionMark) is { App: not null } mark ? mark : null;
        }
        catch (JsonException)
        {
            return null; // of no app that can be named
        }
    }

    public ProtoRoutes In(ProtoRoutes? routes) =>
        AppVersions.With(routes, JsonSerializer.SerializeToUtf8Bytes(this, VersionsJson.Default.VersionMark));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AppVersions))]
[JsonSerializable(typeof(VersionMark))]
internal sealed partial class VersionsJson : JsonSerializerContext;
