using Scheduler.Simulation.Runs;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Looks for the seed under which a planted fault is found, and the same run without it is not to blame.</summary>
internal static class PlantedTrial
{
    /// <summary>More seeds than these mean that the simulator does not find it.</summary>
    public const int MostSeeds = 1_000;

    /// <returns>The finding, or null when no seed from <paramref name="first"/> to <see cref="MostSeeds"/> has one.</returns>
    public static Finding? Search(PlantedFault fault, ulong first)
    {
        for (var seed = first; seed <= MostSeeds; seed++)
        {
            // Only the first rule that is broken counts: what comes after that may be its consequence.
            if (Run(fault, seed, isPlanted: true) is { Violations: [var violation, ..] } run && violation.Rule == fault.Rule
                && Run(fault, seed, isPlanted: false).Violations.All(other => other.Rule != fault.Rule && other.At > violation.At))
                return new Finding(seed, violation.At, run.VirtualTime, violation.What);
        }

        return null;
    }

    private static ClusterRunResult Run(PlantedFault fault, ulong seed, bool isPlanted)
    {
        using var run = new ClusterRun(new ClusterRunOptions
        {
            Scenario = fault.Scenario,
            Seed = seed,
            Cells = fault.Cells,
            Duration = fault.Duration,
            Plant = isPlanted ? fault.Plant : null,
        });
        return run.Run(CancellationToken.None);
    }
}

/// <param name="Seed">Of the run.</param>
/// <param name="At">When it was noticed, in virtual time.</param>
/// <param name="Ran">How long the run was.</param>
/// <param name="What">What was noticed.</param>
internal sealed record Finding(ulong Seed, TimeSpan At, TimeSpan Ran, string What);
