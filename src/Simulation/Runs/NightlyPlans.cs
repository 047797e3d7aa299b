using Scheduler.Simulation.Scenarios;

namespace Scheduler.Simulation.Runs;

/// <summary>Plans of the nightly runs: the seed decides everything, so one number reproduces a run.</summary>
internal static class NightlyPlans
{
    public const int LeastCells = 3;
    public const int MostCells = 8;
    public const int LeastMinutes = 1;
    public const int MostMinutes = 3;

    /// <summary>
    /// Scenarios with faults of any kind, used in turn. Those that start with a full cluster are left out: one of their runs takes as long
    /// as many others.
    /// </summary>
    public static IReadOnlyList<Scenario> Scenarios { get; } =
    [.. ScenarioCatalog.All.Where(scenario => scenario is { Faults.Count: > 0, Workload.InitialPerCell: 0 })];

    public static RunPlan Of(ulong seed)
    {
        // Not the run's own random numbers: their results would correlate with the size of the cluster.
        var random = new SeededRandom(~seed);
        var (cells, minutes) = (random.Next(LeastCells, MostCells), random.Next(LeastMinutes, MostMinutes));
        var scenario = Scenarios[(int)(seed % (ulong)Scenarios.Count)];
        return new RunPlan(seed, minutes, cells, Math.Min(RunPlan.DefaultZones, cells), scenario, scenario.Name);
    }
}
