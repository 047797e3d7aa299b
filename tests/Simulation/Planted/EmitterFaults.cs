using System.Text;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;
using Scheduler.Simulation.Runs;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Faults of the route emitter that omit or alter messages to routers.</summary>
internal static class EmitterFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("nothing is ever unregistered", "route emitter", RouteWatch.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = cluster =>
                cluster.Broker.Tamper = (subject, payload) => subject == "router.unregister" ? (ReadOnlyMemory<byte>?)null : payload,
        },
        new("only the first instance of an index is ever unregistered", "route emitter", RouteWatch.Rule)
        {
            Scenario = PlantedScenarios.Crashing,
            Plant = UnregisterFirst,
        },
        new("an unregistration is sent only once", "route emitter", RouteWatch.Rule)
        {
            Scenario = PlantedScenarios.BrokerOutages,
            Plant = UnregisterOnce,
        },
        new("a registration is not repeated", "route emitter", ClusterRun.RestRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = RegisterOnce,
        },
        new("one registration in a hundred names another instance", "route emitter", RouteWatch.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = cluster => Miswrite(cluster, 100, "\"private_instance_id\":\"", (_, instance) => "x" + instance),
        },
        new("one registration in a hundred has the port of another instance", "route emitter", RouteWatch.ContentRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = cluster => Miswrite(cluster, 100, "\"port\":", (other, _) => other),
        },
        new("one registration in a hundred has another LRP's hostname", "route emitter", RouteWatch.ContentRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = cluster => Miswrite(cluster, 100, "\"uris\":[\"", (other, _) => other),
        },
    ];

    private static void RegisterOnce(SimulatedCluster cluster)
    {
        var sent = new HashSet<string>(StringComparer.Ordinal);
        cluster.Broker.Tamper = (subject, payload) =>
            subject != "router.register" || sent.Add(Encoding.UTF8.GetString(payload.Span)) ? payload : (ReadOnlyMemory<byte>?)null;
    }

    private static void UnregisterOnce(SimulatedCluster cluster)
    {
        var sent = new HashSet<string>(StringComparer.Ordinal);
        cluster.Broker.Tamper = (subject, payload) =>
        {
            var text = Encoding.UTF8.GetString(payload.Span);
            if (subject == "router.register")
                sent.Remove(text);
            return subject != "router.unregister" || sent.Add(text) ? payload : null;
        };
    }

    private static void UnregisterFirst(SimulatedCluster cluster)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        cluster.Broker.Tamper = (subject, payload) =>
        {
            if (subject != "router.unregister")
                return payload;
            var text = Encoding.UTF8.GetString(payload.Span);
            var index = $"{ValueOf(text, "\"app\":\"")}/{ValueOf(text, "\"private_instance_index\":\"")}";
            // It may be repeated.
            return first.TryAdd(index, text) || first[index] == text ? payload : (ReadOnlyMemory<byte>?)null;
        };
    }

    /// <summary>Changes a field in one of every <paramref name="oneIn"/> registrations.</summary>
    /// <param name="write">Gets the value of an earlier registration, another value and the right one.</param>
    private static void Miswrite(SimulatedCluster cluster, int oneIn, string field, Func<string, string, string> write)
    {
        var isWrong = Planting.OnceIn(oneIn);
        var (last, other) = ("", "");
        cluster.Broker.Tamper = (subject, payload) =>
        {
            if (subject != "router.register")
                return payload;
            var text = Encoding.UTF8.GetString(payload.Span);
            var value = ValueOf(text, field);
            if (value != last)
                (last, other) = (value, last);
            return isWrong()
                ? Encoding.UTF8.GetBytes(text.Replace(field + value, field + write(other, value), StringComparison.Ordinal))
                : payload;
        };
    }

    private static string ValueOf(string message, string field)
    {
        var begin = message.IndexOf(field, StringComparison.Ordinal) + field.Length;
        return message[begin..message.IndexOfAny(['"', ','], begin)];
    }
}
