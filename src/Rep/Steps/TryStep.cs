namespace Scheduler.Rep.Steps;

/// <summary>Its child's failure does not count. Being stopped does: what comes after must not begin.</summary>
internal sealed class TryStep(Step child) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        var result = await child.RunAsync(stop, ready, detach);
        return stop.IsRequested ? result : StepResult.Success;
    }
}
