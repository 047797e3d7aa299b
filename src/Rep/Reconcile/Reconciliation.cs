using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Reports;

namespace Scheduler.Rep.Reconcile;

/// <summary>The correction for a difference between a cell's containers and the BBS's view of them.</summary>
internal abstract record Repair
{
    private Repair() { }

    /// <summary>The BBS does not know where the container is: report it.</summary>
    public sealed record Tell(string ContainerGuid) : Repair;

    /// <summary>A row without a container.</summary>
    public sealed record RemoveRow(ActualLRP Row) : Repair;

    /// <summary>An EVACUATING row without a container.</summary>
    public sealed record RemoveEvacuatingRow(ActualLRP Row) : Repair;

    /// <summary>A running task without a container.</summary>
    public sealed record FailTask(string TaskGuid) : Repair;
}

/// <summary>
/// Compares containers with rows and tasks, as Diego's bulk sync and residual operations do. Where they agree it does nothing, so
/// an idle cell sends nothing to the BBS.
/// </summary>
internal static class Reconciliation
{
    public static IReadOnlyList<Repair> Decide(
        IReadOnlyList<ContainerView> containers,
        IReadOnlyList<ActualLRP> rows,
        IReadOnlyList<OneOffTask> tasks,
        bool evacuating
    )
    {
        var repairs = new List<Repair>();
        var here = containers.ToDictionary(container => container.Guid);
        var rowOf = new Dictionary<string, ActualLRP>();
        var taskOf = tasks.ToDictionary(task => task.TaskGuid);
        foreach (var row in rows)
        {
            var guid = row.ActualLrpInstanceKey?.InstanceGuid ?? "";
            if (row.Presence != ActualLRP.Types.Presence.Evacuating)
                rowOf[guid] = row;
            if (here.ContainsKey(guid))
                continue;
            repairs.Add(
                row.Presence == ActualLRP.Types.Presence.Evacuating ? new Repair.RemoveEvacuatingRow(row) : new Repair.RemoveRow(row)
            );
        }

        foreach (var container in containers)
        {
            var known = container.IsTask
                ? Knows(container, taskOf.GetValueOrDefault(container.Guid))
                : !evacuating && Knows(container, rowOf.GetValueOrDefault(container.Guid));
            if (!known)
                repairs.Add(new Repair.Tell(container.Guid));
        }

        foreach (var task in tasks)
        {
            if (task.State == OneOffTask.Types.State.Running && !here.ContainsKey(task.TaskGuid))
                repairs.Add(new Repair.FailTask(task.TaskGuid));
        }

        return repairs;
    }

    private static bool Knows(ContainerView container, ActualLRP? row) =>
        container.Phase switch
        {
            _ when row is null || row.Presence != ActualLRP.Types.Presence.Ordinary => false,
            ContainerPhase.Initializing or ContainerPhase.Created => row.State == ActualLrpStateNames.Claimed,
            ContainerPhase.Running => row.State == ActualLrpStateNames.Running && container.Subject is { } subject && Says(row, subject),
            _ => false,
        };

    private static bool Knows(ContainerView container, OneOffTask? task) =>
        container.HasWork && container.Phase != ContainerPhase.Completed && task?.State == OneOffTask.Types.State.Running;

    private static bool Says(ActualLRP row, ReportSubject subject) =>
        row.ActualLrpKey.Equals(subject.Key)
        && row.ActualLrpNetInfo is { } net
        && net.Equals(subject.NetInfo)
        && row.ActualLrpInternalRoutes.Select(route => route.Hostname).SequenceEqual(subject.InternalRoutes)
        && row.MetricTags.Count == subject.MetricTags.Count
        && row.MetricTags.All(tag => subject.MetricTags.TryGetValue(tag.Key, out var value) && value == tag.Value)
        && (!row.HasRoutable || row.Routable) == subject.Routable
        && row.AvailabilityZone == subject.Zone;
}
