using System.Globalization;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Faults of the BBS that omit messages or send them too early.</summary>
internal static class BbsFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("one event in three hundred is not published", "BBS", FollowedState.StreamRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = ForgetEvents,
        },
        new("a desired LRP is acknowledged although the commit failed", "BBS", AcknowledgedWrites.Rule)
        {
            Scenario = PlantedScenarios.Failovers,
            Plant = AcknowledgeFailures,
        },
        new("a snapshot leaves out its first instance", "BBS", FollowedState.StreamRule)
        {
            Scenario = PlantedScenarios.Failovers,
            Plant = ShortenSnapshots,
        },
        new("a stop is sent for another instance on the same cell", "BBS", ContainerWatch.HealthyRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = StopAnother,
        },
        new("a task may be started by any cell", "BBS", TaskStarts.Rule)
        {
            Scenario = PlantedScenarios.Failovers,
            Duration = TimeSpan.FromMinutes(6),
            Plant = StartTasksTwice,
        },
        new("auctions are requested for instances that are not desired", "BBS", Queues.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = AuctionTooMany,
        },
        new("one event in a hundred names an unknown state", "BBS", ClusterWatch.ErrorRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = NameNoState,
        },
        new("of the changes that come together, only the first is made", "BBS", AcknowledgedWrites.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = MakeOnlyTheFirst,
        },
    ];

    private static void MakeOnlyTheFirst(SimulatedCluster cluster)
    {
        cluster.Rewrite<ApplyChangesRequest>(
            "bbs",
            (_, request) =>
            {
                while (request.Changes.Count > 1)
                    request.Changes.RemoveAt(1);
                return request;
            }
        );
        cluster.Network.TamperReply = (asked, reply) =>
            asked.Message is ApplyChangesRequest && reply is ApplyChangesResponse response
                ? new ApplyChangesResponse { Answers = { response.Answers, new ChangeAnswer(), new ChangeAnswer() } }
                : reply;
    }

    private static void ForgetEvents(SimulatedCluster cluster)
    {
        var isForgotten = Planting.OnceIn(300);
        cluster.Rewrite<Event>(
            "",
            (_, next) =>
                next.PayloadCase is not (Event.PayloadOneofCase.Heartbeat or Event.PayloadOneofCase.SnapshotComplete) && isForgotten()
                    ? null
                    : next
        );
    }

    private static void AcknowledgeFailures(SimulatedCluster cluster) =>
        cluster.Network.TamperRefusal = (refused, refusal) =>
            refused.Message is DesireLRPRequest && refusal.StatusCode != StatusCode.AlreadyExists ? new DesireLRPResponse() : null;

    private static void ShortenSnapshots(SimulatedCluster cluster)
    {
        var loading = new Dictionary<string, bool>(StringComparer.Ordinal);
        cluster.Rewrite<Event>(
            "",
            (passing, next) =>
            {
                // The first row that any follower receives from one BBS.
                if (next.ActualLrpInstanceCreated is null)
                    return next;
                return loading.TryAdd($"{passing.From.Name} {passing.To.Name}", true) ? null : next;
            }
        );
    }

    private static void StopAnother(SimulatedCluster cluster) =>
        cluster.Rewrite<StopLRPRequest>(
            "cell",
            (passing, request) =>
            {
                var cell = cluster.Reps.Single(rep => passing.To.Name.StartsWith($"{rep.Name}#", StringComparison.Ordinal));
                var meant = request.ActualLrpInstanceKey.InstanceGuid;
                // The in-memory simulation completes synchronously.
                var there = cell.Cell.Runtime.ListAsync(CancellationToken.None).GetAwaiter().GetResult();
                if (
                    there.FirstOrDefault(container =>
                        container.Handle != meant && container.Spec.Properties[WorkProperties.Kind] == WorkProperties.Lrp
                    )
                    is not { } other
                )
                    return request;
                request.ActualLrpInstanceKey.InstanceGuid = other.Handle;
                request.ActualLrpKey.ProcessGuid = other.Spec.Properties[WorkProperties.ProcessGuid];
                request.ActualLrpKey.Domain = other.Spec.Properties[WorkProperties.Domain];
                request.ActualLrpKey.Index = int.Parse(other.Spec.Properties[WorkProperties.Index], CultureInfo.InvariantCulture);
                return request;
            }
        );

    // A thousand additional indices for each process.
    private static void AuctionTooMany(SimulatedCluster cluster) =>
        cluster.Rewrite<LRPAuctionsRequest>(
            "auctioneer",
            (_, request) =>
            {
                foreach (var start in request.Requests)
                    start.Indices.AddRange(Enumerable.Range(1_000, 1_000));
                return request;
            }
        );

    private static void NameNoState(SimulatedCluster cluster)
    {
        var isWrong = Planting.OnceIn(100);
        cluster.Rewrite<Event>(
            "converger",
            (_, next) =>
            {
                if (next.ActualLrpInstanceChanged?.After is { } after && isWrong())
                    after.State = "STARTED";
                return next;
            }
        );
    }

    private static void StartTasksTwice(SimulatedCluster cluster)
    {
        var tasks = new Dictionary<string, OneOffTask>(StringComparer.Ordinal);
        cluster.RewriteAnswers(
            (batch, answers) =>
            {
                for (var i = 0; i < answers.Count; i++)
                {
                    if (batch.Reports[i].StartTask is not { } asked)
                        continue;
                    if (answers[i].StartTask is { ShouldStart: true, Task: { } started })
                        tasks[asked.TaskGuid] = started;
                    else if (answers[i].Error is not null && tasks.TryGetValue(asked.TaskGuid, out var task))
                        answers[i] = new WorkReportAnswer
                        {
                            StartTask = new StartTaskResponse { ShouldStart = true, Task = task.Clone() },
                        };
                }
            }
        );
    }
}
