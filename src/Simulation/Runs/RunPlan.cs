using Scheduler.Simulation.Scenarios;

namespace Scheduler.Simulation.Runs;

/// <summary>The plan of one run. Together with the program version, it determines the run completely.</summary>
/// <param name="Scenario">A built-in scenario, or one read from <paramref name="ScenarioName"/>.</param>
/// <param name="ScenarioName">As accepted by <c>--scenario</c>.</param>
internal sealed record RunPlan(ulong Seed, int Minutes, int Cells, int Zones, Scenario Scenario, string ScenarioName)
{
    public const int DefaultMinutes = 30;
    public const int DefaultCells = 10;
    public const int DefaultZones = 3;
    public const int MaxZones = 100;

    /// <summary>The command line that repeats this run and writes its trace.</summary>
    public string Command =>
        $"./scheduler simulate cluster --seed {Seed} --minutes {Minutes} --cells {Cells}{(Zones == Math.Min(DefaultZones, Cells) ? "" : $" --zones {Zones}")}"
        + $" --scenario {ScenarioName} --trace trace-{Seed}.txt";

    /// <exception cref="Scheduler.Models.DomainException">A value is out of range.</exception>
    public static void Check(int minutes, int cells, int? zones)
    {
        Within("--minutes", minutes, ClusterRunOptions.MaxMinutes);
        Within("--cells", cells, ClusterRunOptions.MaxCells);
        if (zones is { } given)
            Within("--zones", given, Math.Min(cells, MaxZones), cells < MaxZones ? ", as each zone needs a cell" : "");
    }

    public ClusterRunOptions ToOptions() =>
        new()
        {
            Scenario = Scenario,
            Seed = Seed,
            Cells = Cells,
            Zones = Zones,
            Duration = TimeSpan.FromMinutes(Minutes),
        };

    private static void Within(string flag, int value, int most, string why = "")
    {
        if (value < 1 || value > most)
            throw Models.DomainError.Invalid(flag, $"must be from 1 to {most}{why}, not {value}").ToException();
    }
}
