using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation;

/// <summary>Runs two seeds at a time and fails with the commands that reproduce each failure.</summary>
internal static class Seeds
{
    private const int Threads = 2;

    public static RunPlan Plan(ulong seed, string scenario, int cells, int minutes) =>
        new(seed, minutes, cells, Math.Min(RunPlan.DefaultZones, cells), ScenarioCatalog.Find(scenario), scenario);

    public static async Task<List<RunOutcome>> RunAsync(params IReadOnlyList<RunPlan> plans)
    {
        var outcomes = new List<RunOutcome>();
        await RunThreads.RunAsync(plans.Count, Threads, i => plans[i], outcomes.Add, null, CancellationToken.None);
        return outcomes;
    }

    public static void AllHold(IReadOnlyCollection<RunOutcome> outcomes)
    {
        using var text = new StringWriter();
        foreach (var failure in outcomes.Where(outcome => !outcome.Holds).OrderBy(outcome => outcome.Plan.Seed))
            RunTexts.WriteFailure(failure, text);
        var failures = text.ToString();
        if (failures.Length > 0)
            Assert.Fail(failures);
    }
}
