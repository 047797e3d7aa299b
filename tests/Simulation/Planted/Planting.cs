using Google.Protobuf;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Ways to plant faults at the interfaces of a component.</summary>
internal static class Planting
{
    /// <summary>Replaces each message of the type to processes with the given name prefix; null drops it.</summary>
    public static void Rewrite<T>(this SimulatedCluster cluster, string to, Func<MessageInTransit, T, T?> change)
        where T : class, IDeepCloneable<T> =>
        cluster.Network.Tamper = passing =>
            passing.Message is T message && passing.To.Name.StartsWith(to, StringComparison.Ordinal)
                // A delivered message may be shared with its sender or another receiver.
                ? change(passing, message.Clone())
                : passing.Message;

    /// <summary>Returns true once every <paramref name="calls"/> calls.</summary>
    public static Func<bool> OnceIn(int calls)
    {
        var count = 0;
        return () => ++count % calls == 0;
    }
}
