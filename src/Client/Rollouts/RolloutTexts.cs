namespace Scheduler.Client.Rollouts;

/// <summary>Describes rollouts to people.</summary>
internal static class RolloutTexts
{
    /// <summary>The version that an app's name means, and what is under way.</summary>
    public static string Of(AppVersions versions) =>
        $"{versions.Current}"
        + (versions.CurrentVersion.ProcessGuid is { } guid && versions.Current > 1 ? $" ({guid})" : "")
        + (versions.Rollout is { } rollout ? $", {Direction(rollout)}" : "");

    public static string Progress(string app, Rollout rollout, RolloutView view)
    {
        var (old, next) = rollout.IsBack ? (view.Arriving, view.Leaving) : (view.Leaving, view.Arriving);
        return $"{app}: {Direction(rollout)}: {next.Available}/{view.Instances} of version {rollout.To} available, {Left(rollout.From, old)}";
    }

    /// <summary>What a kept version is.</summary>
    public static string State(AppVersion version, AppVersions versions) =>
        version.Number == versions.Current ? "current"
        : version.Number == versions.Rollout?.To ? "rolling out"
        : version.Number == versions.Previous ? "previous"
        : version.Failure.Length > 0 ? "failed"
        : "kept";

    public static string Direction(Rollout rollout) =>
        rollout.IsBack ? $"back to version {rollout.From} ({rollout.Reason})"
        : rollout.Pause == RolloutPause.Paused ? $"paused on the way to version {rollout.To}"
        : $"to version {rollout.To}";

    private static string Left(int number, VersionView version)
    {
        var stopping = version.Slots.Count(slot => slot.Index >= version.Desired);
        return $"{version.Available} of version {number}{(stopping > 0 ? $", {stopping} stopping" : "")}";
    }
}
