using System.Globalization;
using Scheduler.Cli.Simulation.Clusters;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation;

/// <summary>Runs seeds two at a time and fails with the commands that show each failure again.</summary>
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
        foreach (var failure in outcomes.Where(outcome => !outcome.Holds).OrderBy(outcome => outcome.Plan.Seed)) RunTexts.WriteFailure(failure, text);
        var failures = text.ToString();
        if (failures.Length > 0) Assert.Fail(failures);
    }

    /// <summary>A number from the environment, for longer runs than the usual.</summary>
    public static int Setting(string variable, int fallback) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new InvalidOperationException($"{variable} must be a whole number above 0, not \"{text}\"")
        : fallback;
}
