using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Contracts.Work;

/// <summary>The demand of work on a cell: the part of it that the auction reads.</summary>
public static class WorkDemands
{
    public static WorkDemand Of(DesiredLRP lrp)
    {
        ArgumentNullException.ThrowIfNull(lrp);
        var demand = new WorkDemand
        {
            RootFs = lrp.RootFs,
            MemoryMb = lrp.MemoryMb,
            DiskMb = lrp.DiskMb,
            MaxPids = lrp.MaxPids,
        };
        demand.PlacementTags.AddRange(lrp.PlacementTags);
        foreach (var mount in lrp.VolumeMounts)
            demand.VolumeDrivers.Add(mount.Driver);
        demand.Privileges.AddRange(PrivilegesOf(lrp.Privileged, lrp.Capabilities));
        return demand;
    }

    public static WorkDemand Of(TaskDefinition task)
    {
        ArgumentNullException.ThrowIfNull(task);
        var demand = new WorkDemand
        {
            RootFs = task.RootFs,
            MemoryMb = task.MemoryMb,
            DiskMb = task.DiskMb,
            MaxPids = task.MaxPids,
        };
        demand.PlacementTags.AddRange(task.PlacementTags);
        foreach (var mount in task.VolumeMounts)
            demand.VolumeDrivers.Add(mount.Driver);
        demand.Privileges.AddRange(PrivilegesOf(task.Privileged, task.Capabilities));
        return demand;
    }

    /// <summary>The privileges that a cell must allow for work that asks for these.</summary>
    public static IEnumerable<string> PrivilegesOf(bool privileged, IEnumerable<string> capabilities) =>
        [.. privileged ? [Privileges.Privileged] : Array.Empty<string>(), .. capabilities.Distinct().Order(StringComparer.Ordinal)];
}
