using Scheduler.Simulation.Runs;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Searches for a seed with which a planted fault is detected while the same run without it passes.</summary>
internal static class PlantedTrial
{
    /// <summary>If this many seeds do not suffice, the simulator does not detect the fault.</summary>
    public const int MostSeeds = 1_000;

    /// <returns>The finding, or null if no seed from <paramref name="first"/> to <see cref="MostSeeds"/> has one.</returns>
    public static Finding? Search(PlantedFault fault, ulong first)
    {
        for (var seed = first; seed <= MostSeeds; seed++)
        {
            // Only the first broken rule counts: later ones may be consequences.
            if (
                Run(fault, seed, isPlanted: true) is { Violations: [var violation, ..] } run
                && violation.Rule == fault.Rule
                && Run(fault, seed, isPlanted: false).Violations.All(other => other.Rule != fault.Rule && other.At > violation.At)
            )
                return new Finding(seed, violation.At, run.VirtualTime, violation.What);
        }

        return null;
    }

    private static ClusterRunResult Run(PlantedFault fault, ulong seed, bool isPlanted)
    {
        using var run = new ClusterRun(
            new ClusterRunOptions
            {
                Scenario = fault.Scenario,
                Seed = seed,
                Cells = fault.Cells,
                Duration = fault.Duration,
                Plant = isPlanted ? fault.Plant : null,
            }
        );
        return run.Run(CancellationToken.None);
    }
}

/// <param name="Seed">The seed of the run.</param>
/// <param name="At">When it was detected, in virtual time.</param>
/// <param name="Ran">Duration of the run.</param>
/// <param name="What">What was detected.</param>
internal sealed record Finding(ulong Seed, TimeSpan At, TimeSpan Ran, string What);
