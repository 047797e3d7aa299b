using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Events;

/// <summary>Builds domain and cell events from rows.</summary>
internal static class ClusterEvents
{
    public static Event Fresh(DomainRow row) =>
        new()
        {
            DomainFresh = new DomainFreshEvent { Domain = row.Domain, ExpiresAt = row.ExpiresAt },
        };

    public static Event Expired(string domain) => new() { DomainExpired = new DomainExpiredEvent { Domain = domain } };

    public static Event Appeared(CellPresence cell) => new() { CellAppeared = new CellAppearedEvent { Cell = cell } };

    public static Event Absent(AbsentCell cell) => new() { CellAbsent = new CellAbsentEvent { Cell = cell } };

    public static Event AbsenceEnded(AbsentCell cell, bool returned) =>
        new()
        {
            CellAbsenceEnded = new CellAbsenceEndedEvent { Cell = cell, Returned = returned },
        };

    public static Event LossChanged(CellLoss loss) => new() { CellLossChanged = new CellLossChangedEvent { Loss = loss } };

    public static Event Disappeared(CellPresence cell, bool withdrawn) =>
        new()
        {
            CellDisappeared = new CellDisappearedEvent { Cell = cell, Withdrawn = withdrawn },
        };
}
