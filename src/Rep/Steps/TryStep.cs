namespace Scheduler.Rep.Steps;

/// <summary>Ignores its child's failure, but not a stop: later steps must not begin then.</summary>
internal sealed class TryStep(Step child) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        var result = await child.RunAsync(stop, ready, detach);
        return stop.IsRequested ? result : StepResult.Success;
    }
}
