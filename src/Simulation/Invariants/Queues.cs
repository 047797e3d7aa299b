using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>No queue grows beyond its bound.</summary>
internal static class Queues
{
    public const string Rule = "no queue is longer than its bound";

    public static void Look(SimulatedCluster cluster, Action<string, string> violated)
    {
        foreach (var bbs in cluster.Bbses)
        {
            if (!bbs.IsRunning || bbs.Node?.ActiveOrNull is not { } term) continue;
            var options = bbs.Options!;
            if (term.Loop.Waiting > options.Loop.QueueLength) violated(Rule, $"{bbs.Name}: {term.Loop.Waiting} commands wait");
            if (term.Outbound.Reps.Waiting > options.Outbound.RepQueueLength) violated(Rule, $"{bbs.Name}: {term.Outbound.Reps.Waiting} calls to reps wait");
        }
    }
}
