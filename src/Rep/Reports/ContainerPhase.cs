using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;

namespace Scheduler.Rep.Reports;

/// <summary>How far a container is. It only moves forward, and may complete from anywhere.</summary>
internal enum ContainerPhase
{
    /// <summary>Resources are taken; nothing exists, and what is to run is not known.</summary>
    Reserved,

    /// <summary>What is to run is known; the container is being made.</summary>
    Initializing,

    Created,

    /// <summary>The health check has passed, or the process has started when there is none.</summary>
    Running,

    /// <summary>Ended or failed; kept until the BBS has taken its report.</summary>
    Completed,
}

internal static class ContainerPhases
{
    public static bool Allows(ContainerPhase from, ContainerPhase to) => to switch
    {
        ContainerPhase.Completed => from != ContainerPhase.Completed,
        _ => to == from + 1,
    };

    public static AllocationState StateOf(ContainerPhase phase, Outcome? outcome) => phase switch
    {
        ContainerPhase.Reserved or ContainerPhase.Initializing or ContainerPhase.Created => AllocationState.Claimed,
        ContainerPhase.Running => AllocationState.Running,
        ContainerPhase.Completed => outcome is { Failed: true } ? AllocationState.Crashed : AllocationState.Shutdown,
    };
}
