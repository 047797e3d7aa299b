using System.Globalization;
using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Rebuilds journal entries from the properties of containers.</summary>
internal static class RecoveredEntry
{
    /// <summary>
    /// The entry of a container whose journal is lost. Its work definition is known; its history must be determined again. Null if
    /// the container is not work.
    /// </summary>
    public static JournalEntry? Of(ContainerInfo container)
    {
        var properties = container.Spec.Properties;
        if (!WorkProperties.IsOwned(container) || !properties.TryGetValue(WorkProperties.Work, out var work))
            return null;
        try
        {
            var isTask = properties.GetValueOrDefault(WorkProperties.Kind) == WorkProperties.Task;
            var bytes = Convert.FromBase64String(work);
            // The container's own limit may be the cell's default.
            var maxPids = isTask
                ? OneOffTask.Parser.ParseFrom(bytes).TaskDefinition?.MaxPids ?? 0
                : DesiredLRP.Parser.ParseFrom(bytes).MaxPids;
            return new JournalEntry
            {
                ContainerGuid = container.Handle,
                IsTask = isTask,
                ProcessGuid = properties.GetValueOrDefault(WorkProperties.ProcessGuid, ""),
                Index = int.Parse(properties.GetValueOrDefault(WorkProperties.Index, "0"), CultureInfo.InvariantCulture),
                Domain = properties.GetValueOrDefault(WorkProperties.Domain, ""),
                Demand = new Demand(
                    container.Spec.RootFs,
                    int.Parse(properties.GetValueOrDefault(WorkProperties.MemoryMb, "0"), CultureInfo.InvariantCulture),
                    container.Spec.Limits.DiskMb,
                    maxPids
                ),
                Work = bytes,
                Created = true,
            };
        }
        catch (Exception failure) when (failure is FormatException or OverflowException or InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
