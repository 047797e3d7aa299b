using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;

namespace Scheduler.Rep.Cell;

/// <summary>All that a cell knows of one container. Only the cell's loop reads or changes it.</summary>
internal sealed class CellContainer(Allocation allocation, ContainerLog log, DateTimeOffset reservedAt)
{
    public string Guid => Allocation.ContainerGuid;

    public bool IsTask => Allocation.IsTask;

    public LrpKey Key => Allocation.Key;

    /// <summary>As reserved; the ledger's copy has the current state.</summary>
    public Allocation Allocation { get; } = allocation;

    public ContainerLog Log { get; } = log;

    public DateTimeOffset ReservedAt { get; } = reservedAt;

    public ContainerPhase Phase { get; set; }

    /// <summary>Null while it is only reserved.</summary>
    public ContainerJournal? Journal { get; set; }

    /// <summary>Null while it is only reserved, or when the journal's bytes make no sense.</summary>
    public WorkDefinition? Work { get; set; }

    /// <summary>Null when nothing runs in it: reserved, or completed before this rep.</summary>
    public ContainerRun? Run { get; set; }

    /// <summary>Where it is reached: told and compared as it is, for as long as it lives. Null until it is created.</summary>
    public ActualLRPNetInfo? NetInfo { get; set; }

    public bool Routable { get; set; }

    /// <summary>Not null when completed.</summary>
    public Outcome? Outcome { get; set; }

    /// <summary>It goes without a report.</summary>
    public bool Unreported { get; set; }

    /// <summary>The BBS has taken the last report; only destroying is left.</summary>
    public bool Reported { get; set; }

    /// <summary>The start of its task was sent and the answer lost: that there is nothing to start may be the answer to that.</summary>
    public bool StartAttempted { get; set; }

    public bool ReplacementAnnounced { get; set; }

    public ReportProgress Reporting { get; } = new();

    /// <summary>What a report about it says.</summary>
    public ReportSubject ToSubject(RepOptions options)
    {
        var entry = Journal?.Entry;
        return new ReportSubject
        {
            ContainerGuid = Guid,
            Key = new ActualLRPKey { ProcessGuid = Allocation.ProcessGuid, Index = Allocation.Index, Domain = Allocation.Domain },
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

/// <summary>Where a container's reports are: at most one at a time, and one more when something changed meanwhile.</summary>
internal sealed class ReportProgress
{
    public bool Queued { get; set; }

    public bool Active { get; set; }

    public bool Again { get; set; }

    /// <summary>Failed attempts since the last answer.</summary>
    public int Failures { get; set; }

    /// <summary>A repetition waits for its time.</summary>
    public bool RetryPending { get; set; }
}
