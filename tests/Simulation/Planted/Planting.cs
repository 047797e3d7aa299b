using Google.Protobuf;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Ways to make a part of the cluster faulty at its edges.</summary>
internal static class Planting
{
    /// <summary>Each message of that kind to a process whose name begins so is replaced; null swallows it.</summary>
    public static void Rewrite<T>(this SimulatedCluster cluster, string to, Func<MessageInTransit, T, T?> change)
        where T : class, IDeepCloneable<T> =>
        cluster.Network.Tamper = passing => passing.Message is T message && passing.To.Name.StartsWith(to, StringComparison.Ordinal)
            // What is delivered may be shared with whoever sent it, or with another receiver.
            ? change(passing, message.Clone())
            : passing.Message;

    /// <summary>True once in so many calls.</summary>
    public static Func<bool> OnceIn(int calls)
    {
        var count = 0;
        return () => ++count % calls == 0;
    }
}
