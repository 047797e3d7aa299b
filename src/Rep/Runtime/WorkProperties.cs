using System.Globalization;
using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runs;

namespace Scheduler.Rep.Runtime;

/// <summary>Names of the properties that a container carries, and the way back from them.</summary>
internal static class WorkProperties
{
    public const string Kind = "work.kind";
    public const string Lrp = "lrp";
    public const string Task = "task";
    public const string Domain = "work.domain";
    public const string ProcessGuid = "work.process_guid";
    public const string Index = "work.index";
    public const string MemoryMb = "work.memory_mb";
    public const string Work = "work.bytes";

    public static bool IsOwned(ContainerInfo container) =>
        container.Spec.Properties.GetValueOrDefault(ContainerSpecBuilder.Owner) == ContainerSpecBuilder.OwnedByRep;

    /// <summary>The entry of a container whose journal is lost: what it runs is known, what happened to it must be found out again. Null when it is not work.</summary>
    public static JournalEntry? ToEntry(ContainerInfo container)
    {
        var properties = container.Spec.Properties;
        if (!IsOwned(container) || !properties.TryGetValue(Work, out var work)) return null;
        try
        {
            var isTask = properties.GetValueOrDefault(Kind) == Task;
            var bytes = Convert.FromBase64String(work);
            // The container's own limit may be the cell's default.
            var maxPids = isTask ? OneOffTask.Parser.ParseFrom(bytes).TaskDefinition?.MaxPids ?? 0 : DesiredLRP.Parser.ParseFrom(bytes).MaxPids;
            return new JournalEntry
            {
                ContainerGuid = container.Handle,
                IsTask = isTask,
                ProcessGuid = properties.GetValueOrDefault(ProcessGuid, ""),
                Index = int.Parse(properties.GetValueOrDefault(Index, "0"), CultureInfo.InvariantCulture),
                Domain = properties.GetValueOrDefault(Domain, ""),
                Demand = new Demand(
                    container.Spec.RootFs,
                    int.Parse(properties.GetValueOrDefault(MemoryMb, "0"), CultureInfo.InvariantCulture),
                    container.Spec.Limits.DiskMb,
                    maxPids),
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
