namespace Scheduler.Rep.Steps;

/// <summary>Runs steps in order and stops at the first error. Ready when the last one is; at once without steps.</summary>
internal sealed class SerialStep(IReadOnlyList<Step> steps) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        if (steps.Count == 0)
            ready();
        for (var i = 0; i < steps.Count; i++)
        {
            var result = await steps[i].RunAsync(stop, i == steps.Count - 1 ? ready : Ignore, detach);
            if (!result.Succeeded)
                return result;
        }

        return StepResult.Success;
    }
}

/// <summary>Runs steps in parallel and awaits all, even after a failure. Ready when all are; at once without steps.</summary>
internal sealed class ParallelStep(IReadOnlyList<Step> steps) : Step
{
    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        var waiting = new Countdown(steps.Count, ready);
        var results = await Task.WhenAll(steps.Select(step => step.RunAsync(stop, waiting.Once(), detach)));
        return StepResult.Of(StepError.Join([.. results.Select(result => result.Error).OfType<StepError>()]));
    }
}
