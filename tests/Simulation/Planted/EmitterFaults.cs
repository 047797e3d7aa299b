using System.Text;
using Scheduler.Simulation;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Routers that are told too little or something else.</summary>
internal static class EmitterFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("nothing is ever unregistered", "route emitter", ClusterRun.RestRule)
        {
            Scenario = PlantedScenarios.Calm, Plant = cluster => cluster.Broker.Tamper = (subject, payload) => subject == "router.unregister" ? (ReadOnlyMemory<byte>?)null : payload,
        },
        new("a registration is not repeated", "route emitter", ClusterRun.RestRule) { Scenario = PlantedScenarios.Calm, Plant = RegisterOnce },
        new("one registration in a hundred names another instance", "route emitter", RouteWatch.Rule) { Scenario = PlantedScenarios.Calm, Plant = NameAnother },
    ];

    private static void RegisterOnce(SimulatedCluster cluster)
    {
        var sent = new HashSet<string>(StringComparer.Ordinal);
        cluster.Broker.Tamper = (subject, payload) => subject != "router.register" || sent.Add(Encoding.UTF8.GetString(payload.Span)) ? payload : (ReadOnlyMemory<byte>?)null;
    }

    private static void NameAnother(SimulatedCluster cluster)
    {
        const string Field = "\"private_instance_id\":\"";
        var isWrong = Planting.OnceIn(100);
        cluster.Broker.Tamper = (subject, payload) => subject == "router.register" && isWrong()
            ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(payload.Span).Replace(Field, Field + "x", StringComparison.Ordinal))
            : payload;
    }
}
