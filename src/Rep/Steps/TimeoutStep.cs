namespace Scheduler.Rep.Steps;

/// <summary>Stops its child after a timeout. The timeout counts from the first start of the step, across restarts of the rep.</summary>
internal sealed class TimeoutStep(StepContext context, Step child, TimeSpan timeout, string path) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        var startedAt = await context.Journal.TimeOfAsync($"{path}.start", context.Time.GetUtcNow());
        var childStop = stop.Child();
        if (context.Journal.Note(FiredKey) is { } fired)
            childStop.Request(new DateTimeOffset(fired, TimeSpan.Zero));
        var running = child.RunAsync(childStop, ready, detach);

        var timedOut =
            context.Journal.HasMark(FiredKey)
            || !await Waits.EndsWithinAsync(running, startedAt + timeout - context.Time.GetUtcNow(), context.Time, detach);
        if (timedOut && !stop.IsRequested)
        {
            childStop.Request(await context.Journal.TimeOfAsync(FiredKey, context.Time.GetUtcNow()));
        }

        var result = await running;
        if (!timedOut || stop.IsRequested)
            return result;
        var message = $"exceeded {GoDuration.Format(timeout)} timeout";
        return result.Error is { Kind: not StepErrorKind.Cancelled } error
            ? StepResult.Failed($"{message}; {error.Message}")
            : StepResult.Failed(message);
    }

    private string FiredKey => $"{path}.fired";
}
