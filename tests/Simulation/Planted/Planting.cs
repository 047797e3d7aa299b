using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Contracts.V1;
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

    /// <summary>Replaces each report of the type that a cell sends to the BBS.</summary>
    public static void RewriteReport<T>(this SimulatedCluster cluster, Func<MessageInTransit, T, T> change)
        where T : class, IMessage =>
        cluster.Network.Tamper = passing =>
        {
            if (passing.Message is not ReportRequest batch)
                return passing.Message;
            // A delivered message may be shared with its sender.
            batch = batch.Clone();
            foreach (var report in batch.Reports)
            {
                var content = ContentOf.First(field => field.Accessor.HasValue(report)).Accessor;
                if (content.GetValue(report) is T message)
                    content.SetValue(report, change(passing, message));
            }

            return batch;
        };

    /// <summary>Replaces the answers that the BBS gives to a cell's reports.</summary>
    public static void RewriteAnswers(this SimulatedCluster cluster, Action<ReportRequest, IList<WorkReportAnswer>> change) =>
        cluster.Network.TamperReply = (asked, reply) =>
        {
            if (asked.Message is not ReportRequest batch || reply is not ReportResponse response)
                return reply;
            // The service may keep parts of its response.
            response = response.Clone();
            change(batch, response.Answers);
            return response;
        };

    private static readonly FieldDescriptor[] ContentOf = [.. WorkReport.Descriptor.Fields.InFieldNumberOrder()];

    /// <summary>Returns true once every <paramref name="calls"/> calls.</summary>
    public static Func<bool> OnceIn(int calls)
    {
        var count = 0;
        return () => ++count % calls == 0;
    }
}
