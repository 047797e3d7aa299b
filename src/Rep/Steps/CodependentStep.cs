namespace Scheduler.Rep.Steps;

/// <summary>Runs all steps in parallel; the first to end, even with success, ends the rest.</summary>
internal sealed class CodependentStep(StepContext context, IReadOnlyList<Step> steps, string path) : Step
{
    private const string Exited = "Codependent step exited";

    public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
    {
        var waiting = new Countdown(steps.Count, ready);
        var stops = steps.Select(_ => stop.Child()).ToArray();

        // The first step to end determines which ones count as cancelled. The journal keeps it, as all may have ended after a restart.
        if (context.Journal.Note(FirstKey) is { } noted)
            await StopOthersAsync((int)noted);
        var results = await Task.WhenAll(steps.Select((step, i) => RunMemberAsync(step, i)));

        var errors = results.Select(result => result.Error).OfType<StepError>().ToList();
        return StepResult.Of(
            errors.Exists(error => error.Kind == StepErrorKind.Failed) || stop.IsRequested ? StepError.Join(errors) : new StepError(Exited)
        );

        async Task<StepResult> RunMemberAsync(Step step, int index)
        {
            var result = await step.RunAsync(stops[index], waiting.Once(), detach);
            if (!stops[index].IsRequested)
            {
                await StopOthersAsync((int)await context.Journal.NoteOnceAsync(FirstKey, index));
            }

            return result;
        }

        async Task StopOthersAsync(int first)
        {
            var at = await context.Journal.TimeOfAsync($"{path}.first.at", context.Time.GetUtcNow());
            for (var i = 0; i < stops.Length; i++)
            {
                if (i != first)
                    stops[i].Request(at);
            }
        }
    }

    private string FirstKey => $"{path}.first";
}
