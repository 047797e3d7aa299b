using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>Checks that desired equals actual everywhere (rows, containers, routes), and that all cells accept work.</summary>
internal sealed class SettledCheck(SimulatedCluster cluster, ClusterTruth truth, AskedRoutes asked, OverdueRestarts restarts)
{
    /// <summary>
    /// Describes what has not settled yet; empty when everything has. Waiting for a back-off counts as settled, and so does waiting for
    /// capacity that does not exist. Evaluated lazily: a caller that waits needs only the first entry.
    /// </summary>
    /// <param name="alsoTasks">Whether all tasks must be gone.</param>
    public IEnumerable<string> Missing(bool alsoTasks)
    {
        var freeMb = FreeMb();
        if (alsoTasks)
        {
            foreach (var task in truth.Tasks.Values.Where(task => !WaitsForRoom(task, freeMb)))
                yield return $"task {task.TaskGuid} still exists";
        }

        foreach (var lrp in truth.DesiredLrps.Values.OrderBy(lrp => lrp.ProcessGuid, StringComparer.Ordinal))
        {
            for (var index = 0; index < lrp.Instances; index++)
            {
                var row = truth.ActualLrps.GetValueOrDefault(new Bbs.Storage.ActualLrpRowKey(lrp.ProcessGuid, index, LrpPresence.Ordinary));
                if (row is { State: ActualLrpStateNames.Unclaimed } && lrp.MemoryMb > freeMb)
                    continue;
                if (row is { State: ActualLrpStateNames.Crashed } && !(restarts.Overdue(row) > TimeSpan.Zero))
                    continue;
                if (row is not { State: ActualLrpStateNames.Running })
                    yield return $"{lrp.ProcessGuid}/{index} is {row?.State ?? "missing"}{(row?.PlacementError is { Length: > 0 } why ? $" ({why})" : "")}";
            }
        }

        var running = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in truth.ActualLrps.Values)
        {
            if (row.Presence != ActualLRP.Types.Presence.Ordinary)
                yield return $"{NameOf(row)} still exists";
            else if (
                truth.DesiredLrps.GetValueOrDefault(row.ActualLrpKey.ProcessGuid) is not { } lrp
                || row.ActualLrpKey.Index >= lrp.Instances
            )
                yield return $"{NameOf(row)} is not desired";
            if (row.State == ActualLrpStateNames.Running)
                running.Add(row.ActualLrpInstanceKey.InstanceGuid);
        }

        foreach (var rep in cluster.Reps)
        {
            if (!truth.Cells.ContainsKey(rep.Name))
                yield return $"{rep.Name} is not present";
            foreach (var container in rep.Cell.Runtime.Specs)
            {
                if (IsLrp(container) ? !running.Remove(container.Handle) : !truth.Tasks.ContainsKey(container.Handle))
                    yield return $"{rep.Name} has container {container.Handle}, which no row names";
            }
        }

        if (
            !cluster.Auctioneers.Any(auctioneer =>
                auctioneer.IsRunning && auctioneer.Service?.TermOrNull?.Loop.UsableCells == cluster.Reps.Count
            )
        )
            yield return "no auctioneer can use all cells";
        foreach (var instance in running.Order(StringComparer.Ordinal))
            yield return $"instance {instance} has no container";
        foreach (var amiss in RoutesAmiss())
            yield return amiss;
    }

    /// <summary>Tasks that remain because no cell has capacity for them.</summary>
    public IEnumerable<string> TasksWithoutRoom()
    {
        var freeMb = FreeMb();
        return truth.Tasks.Values.Where(task => WaitsForRoom(task, freeMb)).Select(task => task.TaskGuid);
    }

    private int FreeMb() => cluster.Reps.Max(rep => rep.FreeMemoryMb);

    private static bool WaitsForRoom(OneOffTask task, int freeMb) =>
        task.State == OneOffTask.Types.State.Pending && task.TaskDefinition.MemoryMb > freeMb;

    private IEnumerable<string> RoutesAmiss()
    {
        var routed = cluster.Router.Router?.Endpoints.Select(endpoint => endpoint.Backend).ToHashSet() ?? [];
        foreach (var row in truth.ActualLrps.Values)
        {
            foreach (var backend in asked.Of(truth.DesiredLrps.GetValueOrDefault(row.ActualLrpKey.ProcessGuid), row))
            {
                if (!routed.Remove(backend))
                    yield return $"missing route: {backend}";
            }
        }

        foreach (
            var backend in routed
                .OrderBy(backend => backend.Uri, StringComparer.Ordinal)
                .ThenBy(backend => backend.Address, StringComparer.Ordinal)
        )
            yield return $"unexpected route: {backend}";
    }

    private static string NameOf(ActualLRP row) => $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index} {row.Presence}";

    private static bool IsLrp(ContainerSpec container) => container.Properties.GetValueOrDefault(WorkProperties.Kind) == WorkProperties.Lrp;
}
