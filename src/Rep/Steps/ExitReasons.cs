namespace Scheduler.Rep.Steps;

/// <summary>Reasons of failed containers, in Diego's words: platforms read them.</summary>
internal static class ExitReasons
{
    public const string MissingContainer = "missing garden container";
    public const string ExpiredContainer = "expired container";
    public const string StoppedBeforeRunning = "stopped-before-running";
    public const string FailedToRun = "failed to run container";
    public const string FailedToFetchResult = "failed to fetch result";
    public const string TaskContainerMissing = "task container does not exist";

    /// <summary>Longer reasons are cut here; the BBS cuts again, shorter.</summary>
    public const int LongestReason = 10_000;
}
