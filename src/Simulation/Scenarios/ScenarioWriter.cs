using System.Text;

namespace Scheduler.Simulation.Scenarios;

/// <summary>Writes a scenario as a file that reads back as the same scenario.</summary>
internal static class ScenarioWriter
{
    public static string ToYaml(Scenario scenario)
    {
        var (network, store, containers, workload) = (scenario.Network, scenario.Store, scenario.Containers, scenario.Workload);
        var text = new StringBuilder(
            $"""
            description: '{scenario.Description.Replace("'", "''", StringComparison.Ordinal)}'
            clock_error: {Words.Of(scenario.ClockError)}
            callback_failures: {Words.Of(scenario.CallbackFailures)}
            cell_memory: {scenario.CellMemory}
            settles_within: {Words.Of(scenario.SettlesWithin)}
            workload:
              clients: {workload.Clients}
              lrps_each: {workload.LrpsEach}
              initial_per_cell: {workload.InitialPerCell}
              most_instances: {workload.MostInstances}
              pace: {Words.Of(workload.Pace)}
              crash_loop_share: {Words.Of(workload.CrashLoopShare)}
              monitored_share: {Words.Of(workload.MonitoredShare)}
            network:
              least_delay: {Words.Of(network.LeastDelay)}
              most_delay: {Words.Of(network.MostDelay)}
              spike_probability: {Words.Of(network.SpikeProbability)}
              most_spike: {Words.Of(network.MostSpike)}
              drop_probability: {Words.Of(network.DropProbability)}
              duplicate_probability: {Words.Of(network.DuplicateProbability)}
            store:
              least_time: {Words.Of(store.LeastTime)}
              most_time: {Words.Of(store.MostTime)}
              slow_probability: {Words.Of(store.SlowProbability)}
              most_slow: {Words.Of(store.MostSlow)}
              refused_probability: {Words.Of(store.RefusedProbability)}
              answer_lost_probability: {Words.Of(store.AnswerLostProbability)}
              request_lost_probability: {Words.Of(store.RequestLostProbability)}
            containers:
              least_creation: {Words.Of(containers.LeastCreation)}
              most_creation: {Words.Of(containers.MostCreation)}
              slow_probability: {Words.Of(containers.SlowProbability)}
              most_slow: {Words.Of(containers.MostSlow)}
              failure_probability: {Words.Of(containers.FailureProbability)}
              start_failure_probability: {Words.Of(containers.StartFailureProbability)}
              never_healthy_probability: {Words.Of(containers.NeverHealthyProbability)}
              deaf_probability: {Words.Of(containers.DeafProbability)}

            """
        );
        text.AppendLine(scenario.Faults.Count == 0 ? "faults: []" : "faults:");
        foreach (var plan in scenario.Faults)
        {
            text.Append($"  - {{kind: {Words.Of(plan.Kind)}, target: {Words.Of(plan.Target)}, every: {Words.Of(plan.Every)}");
            if (FaultRules.Lasts(plan.Kind))
                text.Append($", least: {Words.Of(plan.Least)}, most: {Words.Of(plan.Most)}");
            if (plan.Step > TimeSpan.Zero)
                text.Append($", step: {Words.Of(plan.Step)}");
            if (plan.Share > 0)
                text.Append($", share: {Words.Of(plan.Share)}");
            if (plan.Count != 1)
                text.Append($", count: {plan.Count}");
            text.AppendLine("}");
        }

        return text.ToString();
    }
}
