using System.Globalization;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;
using Scheduler.Simulation.Runs;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Faults of reps that do less than they report, or ignore refusals.</summary>
internal static class RepFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("every third container is not destroyed", "rep's runtime", OrphanContainers.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Duration = TimeSpan.FromMinutes(6),
            Plant = cluster => cluster.TamperRuntime = runtime => new KeepingRuntime(runtime),
        },
        new("eight times the machine's memory is advertised", "rep", ContainerWatch.CapacityRule)
        {
            Scenario = PlantedScenarios.Crowded,
            Cells = 3,
            Duration = TimeSpan.FromSeconds(20),
            Plant = cluster => cluster.TamperCell = options => options.MemoryMb *= 8,
        },
        new("the refusal of a start is lost: the container stays", "rep", OrphanContainers.Rule)
        {
            Scenario = PlantedScenarios.CutCells,
            Duration = TimeSpan.FromMinutes(8),
            Plant = LoseRefusedStarts,
        },
        new("an instance's start is reported for the previous index", "rep", RouteWatch.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = ReportAnotherIndex,
        },
        new("a presence is requested with a TTL of one second", "rep", CellHealth.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = ShortenPresences,
        },
        new("a crash is reported for another instance on the same cell", "rep", ContainerWatch.HealthyRule)
        {
            Scenario = PlantedScenarios.Crashing,
            Plant = CrashAnother,
        },
        new("a task's failure is reported without its reason", "rep", Moves.Rule) { Scenario = PlantedScenarios.Calm, Plant = KeepReasons },
        new("an instance reports another address each time", "rep", ClusterRun.QuietRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = ReportAnotherAddress,
        },
        new("a creation that takes longer than four seconds fails", "rep's runtime", ContainerWatch.TwiceRule)
        {
            Scenario = PlantedScenarios.Starved,
            Plant = cluster => cluster.TamperRuntime = runtime => new HastyRuntime(runtime, cluster.World, TimeSpan.FromSeconds(4)),
        },
        new("a cell waits only half a second for an answer", "rep", Goodput.Rule)
        {
            Scenario = PlantedScenarios.Starved,
            Plant = cluster => cluster.TamperCell = options => options.BbsTimeout = TimeSpan.FromMilliseconds(500),
        },
    ];

    private static void ShortenPresences(SimulatedCluster cluster) =>
        cluster.Rewrite<AnnounceCellRequest>(
            "bbs",
            (_, request) =>
            {
                request.TtlMs = 1_000;
                return request;
            }
        );

    private static void CrashAnother(SimulatedCluster cluster) =>
        cluster.RewriteReport<CrashActualLRPRequest>(
            (passing, request) =>
            {
                var cell = cluster.Reps.Single(rep => passing.From.Name.StartsWith($"{rep.Name}#", StringComparison.Ordinal)).Cell;
                var other = cell.Runtime.Specs.FirstOrDefault(spec =>
                    cell.Runs(spec.Handle)
                    && spec.Properties[WorkProperties.Kind] == WorkProperties.Lrp
                    && spec.Handle != request.ActualLrpInstanceKey.InstanceGuid
                );
                if (other is null)
                    return request;
                request.ActualLrpInstanceKey.InstanceGuid = other.Handle;
                request.ActualLrpKey.ProcessGuid = other.Properties[WorkProperties.ProcessGuid];
                request.ActualLrpKey.Domain = other.Properties[WorkProperties.Domain];
                request.ActualLrpKey.Index = int.Parse(other.Properties[WorkProperties.Index], CultureInfo.InvariantCulture);
                return request;
            }
        );

    private static void LoseRefusedStarts(SimulatedCluster cluster) =>
        cluster.RewriteAnswers(
            (batch, answers) =>
            {
                for (var i = 0; i < answers.Count; i++)
                {
                    if (batch.Reports[i].Start is not null)
                        answers[i] = new WorkReportAnswer();
                }
            }
        );

    private static void KeepReasons(SimulatedCluster cluster) =>
        cluster.RewriteReport<CompleteTaskRequest>(
            (_, request) =>
            {
                request.FailureReason = "";
                return request;
            }
        );

    // Each reconciliation with the BBS's rows finds a difference, which is reported.
    private static void ReportAnotherAddress(SimulatedCluster cluster)
    {
        var reports = 0;
        cluster.RewriteReport<StartActualLRPRequest>(
            (_, request) =>
            {
                request.ActualLrpNetInfo.InstanceAddress = $"report-{++reports}";
                return request;
            }
        );
    }

    private static void ReportAnotherIndex(SimulatedCluster cluster)
    {
        var isWrong = Planting.OnceIn(20);
        cluster.RewriteReport<StartActualLRPRequest>(
            (_, request) =>
            {
                if (request.ActualLrpKey.Index > 0 && isWrong())
                    request.ActualLrpKey.Index--;
                return request;
            }
        );
    }
}
