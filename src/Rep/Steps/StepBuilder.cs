using Google.Protobuf.Collections;
using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Steps;

/// <summary>
/// Builds steps from an action. A step's path is its position in the tree, such as <c>action.0.1</c>; the same action always gives
/// the same paths.
/// </summary>
internal static class StepBuilder
{
    /// <summary>Path of the work's action.</summary>
    public const string ActionPath = "action";

    /// <summary>The id of the process of an action that runs exactly one; null if it runs several, or does other things before or after.</summary>
    public static string? OnlyProcess(LrpAction action, string path) =>
        action switch
        {
            { RunAction: not null } => path,
            { TimeoutAction.Action: { } child } => OnlyProcess(child, $"{path}.0"),
            { TryAction.Action: { } child } => OnlyProcess(child, $"{path}.0"),
            { EmitProgressAction.Action: { } child } => OnlyProcess(child, $"{path}.0"),
            _ => null,
        };

    /// <param name="quiet">Discard the output and messages of its processes, as for the monitor action.</param>
    public static Step Build(StepContext context, LrpAction action, string path, bool quiet = false) =>
        Build(context, action, path, context.LogSource, quiet);

    private static Step Build(StepContext context, LrpAction action, string path, string source, bool quiet) =>
        action switch
        {
            { RunAction: { } run } => new RunStep(context, run, path, Source(run.LogSource, source), quiet || run.SuppressLogOutput),
            { TimeoutAction: { Action: { } child } timeout } => new TimeoutStep(
                context,
                Build(context, child, $"{path}.0", Source(timeout.LogSource, source), quiet),
                Limit(timeout),
                path
            ),
            { TryAction: { Action: { } child } attempt } => new TryStep(
                Build(context, child, $"{path}.0", Source(attempt.LogSource, source), quiet)
            ),
            { EmitProgressAction: { Action: { } child } progress } => new EmitProgressStep(
                context,
                Build(context, child, $"{path}.0", Source(progress.LogSource, source), quiet),
                progress,
                path,
                Source(progress.LogSource, source)
            ),
            { SerialAction: { } serial } => new SerialStep(Members(context, serial.Actions, path, Source(serial.LogSource, source), quiet)),
            { ParallelAction: { } parallel } => new ParallelStep(
                Members(context, parallel.Actions, path, Source(parallel.LogSource, source), quiet)
            ),
            { CodependentAction: { } codependent } => new CodependentStep(
                context,
                Members(context, codependent.Actions, path, Source(codependent.LogSource, source), quiet),
                path
            ),
            { DownloadAction: { } download } => new DownloadStep(context, download, path, Source(download.LogSource, source)),
            { UploadAction: { } upload } => new UploadStep(context, upload, path, Source(upload.LogSource, source)),
            _ => new InvalidStep(),
        };

    private static List<Step> Members(StepContext context, RepeatedField<LrpAction> actions, string path, string source, bool quiet) =>
        [.. actions.Select((action, i) => Build(context, action, $"{path}.{i}", source, quiet))];

    private static string Source(string own, string inherited) => own.Length > 0 ? own : inherited;

#pragma warning disable CS0612 // Old clients give nanoseconds in the deprecated field.
    private static TimeSpan Limit(TimeoutAction timeout) =>
        timeout.TimeoutMs != 0 || timeout.DeprecatedTimeoutNs == 0
            ? TimeSpan.FromMilliseconds((double)Math.Min(timeout.TimeoutMs, LongestTimeoutMs))
            : TimeSpan.FromMicroseconds(timeout.DeprecatedTimeoutNs / 1000);
#pragma warning restore CS0612

    // A century: longer times would overflow dates and make no practical difference.
    private const long LongestTimeoutMs = 36_500L * 86_400 * 1000;

    private sealed class InvalidStep : Step
    {
        public override Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach) =>
            Task.FromResult(StepResult.FailedForGood("invalid action type"));
    }
}
