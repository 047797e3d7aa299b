namespace Scheduler.Rep.Steps;

/// <summary>Failure reasons of containers, in Diego's wording because platforms parse them.</summary>
internal static class ExitReasons
{
    public const string MissingContainer = "missing garden container";
    public const string ExpiredContainer = "expired container";
    public const string StoppedBeforeRunning = "stopped-before-running";
    public const string FailedToRun = "failed to run container";
    public const string FailedToFetchResult = "failed to fetch result";

    /// <summary>The cause follows.</summary>
    public const string NoCredentials = "cred-manager-runner exited: ";

    public const string TaskContainerMissing = "task container does not exist";

    /// <summary>Longer reasons are truncated to this length; the BBS truncates further.</summary>
    public const int LongestReason = 10_000;
}
