using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Steps;

/// <summary>Downloads something into the container. Ready once the download is complete, which is never repeated.</summary>
internal sealed class DownloadStep(StepContext context, DownloadAction action, string path, string logSource) : Step
{
    public override Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach) =>
        Transfer.RunAsync(
            context,
            path,
            stop,
            ready,
            action.Artifact,
            logSource,
            "Download",
            cancellation => context.Files.DownloadAsync(context.Handle, action, cancellation),
            detach
        );
}

/// <summary>Uploads one file from the container.</summary>
internal sealed class UploadStep(StepContext context, UploadAction action, string path, string logSource) : Step
{
    public override Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach) =>
        Transfer.RunAsync(
            context,
            path,
            stop,
            ready,
            action.Artifact,
            logSource,
            "Upload",
            cancellation => context.Files.UploadAsync(context.Handle, action, cancellation),
            detach
        );
}

internal static class Transfer
{
    /// <param name="verb">Verb of the log lines, which are omitted if the artifact has no name.</param>
    public static async Task<StepResult> RunAsync(
        StepContext context,
        string path,
        StopSignal stop,
        Action ready,
        string artifact,
        string logSource,
        string verb,
        Func<CancellationToken, Task<TransferResult>> transfer,
        CancellationToken detach
    )
    {
        if (context.Journal.HasMark(path))
        {
            ready();
            return StepResult.Success;
        }

        Say($"{verb}ing {artifact}...");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(detach);
        var running = transfer(ended.Token);
        await Waits.EitherAsync(running, stop.Requested, detach);
        if (!running.IsCompleted)
        {
            ended.Cancel();
            await Waits.EndAsync(running);
            detach.ThrowIfCancellationRequested();
            return StepResult.Of(StepError.Cancelled);
        }

        var result = await running;
        if (result.Error is { } error)
        {
            Say($"{verb}ing {artifact} failed");
            return StepResult.Of(
                error with
                {
                    Message = $"{verb}ing {(artifact.Length > 0 ? $"{artifact} " : "")}failed: {error.Message}",
                }
            );
        }

        await context.Journal.MarkAsync(path, context.Time.GetUtcNow());
        Say($"{verb}ed {artifact}{(result.Bytes is { } bytes ? $" ({ByteSize.Format(bytes)})" : "")}");
        ready();
        return StepResult.Success;

        void Say(string line)
        {
            if (artifact.Length > 0)
                context.Log.Say(logSource, Runtime.LogStream.Stdout, line);
        }
    }
}
