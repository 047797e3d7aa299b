using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;

namespace Scheduler.Rep.Reports;

/// <summary>The phase of a container. Phases only advance; any phase may go straight to completed.</summary>
internal enum ContainerPhase
{
    /// <summary>Resources are reserved; nothing exists yet, and the work definition is unknown.</summary>
    Reserved,

    /// <summary>The work definition is known; the container is being created.</summary>
    Initializing,

    Created,

    /// <summary>The health check has passed or, without one, the process has started.</summary>
    Running,

    /// <summary>Ended or failed; kept until the BBS has accepted the report.</summary>
    Completed,
}

internal static class ContainerPhases
{
    public static bool Allows(ContainerPhase from, ContainerPhase to) =>
        to switch
        {
            ContainerPhase.Completed => from != ContainerPhase.Completed,
            _ => to == from + 1,
        };

    public static AllocationState StateOf(ContainerPhase phase, Outcome? outcome) =>
        phase switch
        {
            ContainerPhase.Reserved or ContainerPhase.Initializing or ContainerPhase.Created => AllocationState.Claimed,
            ContainerPhase.Running => AllocationState.Running,
            ContainerPhase.Completed => outcome is { Failed: true } ? AllocationState.Crashed : AllocationState.Shutdown,
        };
}
