using Scheduler.Simulation.Scenarios;

namespace Scheduler.Simulation.Runs;

/// <summary>What the nightly run makes of a seed: the seed decides everything, so one number repeats a run.</summary>
internal static class NightlyPlans
{
    public const int LeastCells = 3;
    public const int MostCells = 8;
    public const int LeastMinutes = 1;
    public const int MostMinutes = 3;

    /// <summary>In turn: with faults, of any kind. One that begins with a full cluster takes as long as many others.</summary>
    public static IReadOnlyList<Scenario> Scenarios { get; } =
        [.. ScenarioCatalog.All.Where(scenario => scenario is { Faults.Count: > 0, Workload.InitialPerCell: 0 })];

    public static RunPlan Of(ulong seed)
    {
        // Not the run's own numbers: what they decide would hang together with the size of the cluster.
        var random = new SeededRandom(~seed);
        var (cells, minutes) = (random.Next(LeastCells, MostCells), random.Next(LeastMinutes, MostMinutes));
        var scenario = Scenarios[(int)(seed % (ulong)Scenarios.Count)];
        return new RunPlan(seed, minutes, cells, Math.Min(RunPlan.DefaultZones, cells), scenario, scenario.Name);
    }
}
