using Scheduler.Bench.Commands.ConvergeSpeed;
using Scheduler.Bench.Micro.Budgets;

namespace Scheduler.Bench.Micro.Convergence;

/// <summary>The converger's operations as named in <c>budgets.json</c>; their allocations do not depend on the cluster's size.</summary>
internal static class ConvergenceBudgets
{
    private const int Cell = 7;

    public static IEnumerable<BudgetedOperation> All()
    {
        yield return new BudgetedOperation("convergence.audit.100000", () => Of(100_000, cluster => cluster.Audit()), 5);
        foreach (var lrps in new[] { 10_000, 100_000 })
        {
            yield return new BudgetedOperation($"convergence.lose_and_return_cell.{lrps}", () => Of(lrps, LoseAndReturn), 20);
            yield return new BudgetedOperation($"convergence.take_event.{lrps}", () => TakeEvents(lrps));
        }
    }

    private static Action Of(int lrps, Action<ConvergeBenchCluster> operation)
    {
        var cluster = Cluster(lrps);
        return () => operation(cluster);
    }

    private static void LoseAndReturn(ConvergeBenchCluster cluster)
    {
        cluster.Lose(Cell);
        cluster.Return(Cell);
    }

    private static Action TakeEvents(int lrps)
    {
        var cluster = Cluster(lrps);
        var events = cluster.EventsOn(Cell);
        var next = 0;
        return () => cluster.Take(events[next++ % events.Count]);
    }

    private static ConvergeBenchCluster Cluster(int lrps) => new(new ConvergeBenchOptions { Lrps = lrps, Cells = lrps / 250 });
}
