namespace Scheduler.Rep.Runtime;

/// <summary>
/// Names of the properties on this scheduler's containers. They describe the work, for a rep that has lost its journal and for the
/// container network.
/// </summary>
internal static class WorkProperties
{
    public const string Owner = "executor:owner";
    public const string OwnedByRep = "executor";
    public const string Kind = "work.kind";
    public const string Lrp = "lrp";
    public const string Task = "task";
    public const string Domain = "work.domain";
    public const string ProcessGuid = "work.process_guid";
    public const string Index = "work.index";
    public const string MemoryMb = "work.memory_mb";
    public const string Work = "work.bytes";

    public static bool IsOwned(ContainerInfo container) => container.Spec.Properties.GetValueOrDefault(Owner) == OwnedByRep;
}
