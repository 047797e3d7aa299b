namespace Scheduler.Simulation.Runs;

/// <summary>
/// Searches for a smaller run that still breaks the same rule: shorter, with fewer cells or fewer faults. Whatever the violation does not
/// need is left out. Each attempt is one run, and their number is bounded.
/// </summary>
internal sealed class Shrinker(RunOutcome broken, int tries, Func<RunPlan, Task<RunOutcome>> runAsync, TextWriter progress)
{
    public const int DefaultTries = 30;
    public const int MaxTries = 10_000;

    private readonly string _rule = broken.Violations[0].Rule;
    private int _left = tries;

    /// <summary>The smallest run found; the original one if no smaller run breaks the rule.</summary>
    public RunOutcome Smallest { get; private set; } = broken;

    public async Task ShrinkAsync()
    {
        await ShorterAsync();
        while (Smallest.Plan.Cells > 1 && await TryAsync(WithCells(Smallest.Plan, Smallest.Plan.Cells / 2)))
            await ShorterAsync();
        while (Smallest.Plan.Cells > 1 && await TryAsync(WithCells(Smallest.Plan, Smallest.Plan.Cells - 1))) { }

        // Backwards, so that the indices of those not yet tried stay valid.
        for (var i = Smallest.Plan.Scenario.Faults.Count - 1; i >= 0; i--)
        {
            if (await TryAsync(Without(Smallest.Plan, i)))
                await ShorterAsync();
        }
    }

    private async Task ShorterAsync()
    {
        // Up to the violation, a shorter run is identical.
        if (Smallest.Violations[0].At is { } at && Math.Ceiling(at.TotalMinutes) < Smallest.Plan.Minutes)
            await TryAsync(Smallest.Plan with { Minutes = Math.Max(1, (int)Math.Ceiling(at.TotalMinutes)) });
        // A violation after the fault phase may not need faults for that long.
        while (
            Smallest.Plan.Minutes > 1
            && (Smallest.Violations[0].At is not { } when || when.TotalMinutes > Smallest.Plan.Minutes)
            && await TryAsync(Smallest.Plan with { Minutes = Smallest.Plan.Minutes / 2 })
        ) { }
    }

    private async Task<bool> TryAsync(RunPlan plan)
    {
        if (_left <= 0)
            return false;
        _left--;
        var outcome = await runAsync(plan);
        var isBroken = outcome.Violations.Any(violation => violation.Rule == _rule);
        progress.WriteLine(
            $"minutes {plan.Minutes}, cells {plan.Cells}, fault kinds {plan.Scenario.Faults.Count}: "
                + (isBroken ? "breaks the rule" : "does not break it")
        );
        if (isBroken)
            Smallest = outcome;
        return isBroken;
    }

    private static RunPlan WithCells(RunPlan plan, int cells) => plan with { Cells = cells, Zones = Math.Min(plan.Zones, cells) };

    private static RunPlan Without(RunPlan plan, int index) =>
        plan with
        {
            Scenario = plan.Scenario with { Faults = [.. plan.Scenario.Faults.Where((_, i) => i != index)] },
        };
}
