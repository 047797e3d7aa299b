using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;

namespace Scheduler.Rep.Cell;

/// <summary>A cell's record of one container. Only the cell's loop reads or changes it.</summary>
internal sealed class CellContainer(Allocation allocation, ContainerLog log, DateTimeOffset reservedAt)
{
    public string Guid => Allocation.ContainerGuid;

    public bool IsTask => Allocation.IsTask;

    public LrpKey Key => Allocation.Key;

    /// <summary>The allocation as reserved; the ledger's copy has the current state.</summary>
    public Allocation Allocation { get; } = allocation;

    public ContainerLog Log { get; } = log;

    public DateTimeOffset ReservedAt { get; } = reservedAt;

    public ContainerPhase Phase { get; set; }

    /// <summary>Null while an LRP is only reserved, and until the start of a task is asked for.</summary>
    public ContainerJournal? Journal { get; set; }

    /// <summary>Null while the container is only reserved, or if its journal is unreadable.</summary>
    public WorkDefinition? Work { get; set; }

    /// <summary>Null if nothing runs in the container: it is reserved, or completed before this rep started.</summary>
    public ContainerRun? Run { get; set; }

    /// <summary>
    /// The container's addresses and ports, reported and compared unchanged for its whole life. Null until it is created.
    /// </summary>
    public ActualLRPNetInfo? NetInfo { get; set; }

    public bool Routable { get; set; }

    /// <summary>Not null once completed.</summary>
    public Outcome? Outcome { get; set; }

    /// <summary>The container is deleted without a report.</summary>
    public bool Unreported { get; set; }

    /// <summary>The BBS accepted the final report; only the destruction remains.</summary>
    public bool Reported { get; set; }

    /// <summary>
    /// The start of the task was sent, perhaps by an earlier rep, but its answer was lost. A later "nothing to start" may therefore
    /// result from that first call.
    /// </summary>
    public bool StartAttempted { get; set; }

    public bool ReplacementAnnounced { get; set; }

    public ReportProgress Reporting { get; } = new();

    /// <summary>The snapshot that a report about the container is built from.</summary>
    public ReportSubject ToSubject(RepOptions options)
    {
        var entry = Journal?.Entry;
        return new ReportSubject
        {
            ContainerGuid = Guid,
            Key = new ActualLRPKey
            {
                ProcessGuid = Allocation.ProcessGuid,
                Index = Allocation.Index,
                Domain = Allocation.Domain,
            },
            InstanceKey = new ActualLRPInstanceKey { InstanceGuid = Guid, CellId = options.CellId },
            NetInfo = NetInfo,
            InternalRoutes = entry?.InternalRoutes ?? Work?.DesiredInternalRoutes ?? [],
            MetricTags = entry?.MetricTags ?? Work?.DesiredTags ?? ReportSubject.NoTags,
            Routable = Routable,
            Zone = options.Zone,
            Outcome = Outcome ?? ReportSubject.NoOutcome,
            WorkMissing = StartAttempted && Work is null,
        };
    }
}

/// <summary>Progress of a container's reports: at most one in flight, and one more if something changed meanwhile.</summary>
internal sealed class ReportProgress
{
    public bool Queued { get; set; }

    public bool Active { get; set; }

    public bool Again { get; set; }

    /// <summary>Failed attempts since the last answer.</summary>
    public int Failures { get; set; }

    /// <summary>A report is due or under way, or was not answered and will be repeated.</summary>
    public bool AwaitsAnswer => Queued || Active || Failures > 0;

    /// <summary>A retry is scheduled.</summary>
    public bool RetryPending { get; set; }
}
