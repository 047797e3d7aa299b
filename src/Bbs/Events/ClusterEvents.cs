using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Events;

/// <summary>Events of domains and cells from rows.</summary>
internal static class ClusterEvents
{
    public static Event Fresh(DomainRow row) =>
        new() { DomainFresh = new DomainFreshEvent { Domain = row.Domain, ExpiresAt = row.ExpiresAt } };

    public static Event Expired(string domain) => new() { DomainExpired = new DomainExpiredEvent { Domain = domain } };

    public static Event Appeared(CellPresence cell) => new() { CellAppeared = new CellAppearedEvent { Cell = cell } };

    public static Event Disappeared(CellPresence cell, bool withdrawn) =>
        new() { CellDisappeared = new CellDisappearedEvent { Cell = cell, Withdrawn = withdrawn } };
}
