using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Events;

/// <summary>A snapshot of the state as creation events: desired LRPs before the rows that depend on them.</summary>
internal static class SnapshotEvents
{
    public static IEnumerable<Event> Of(BbsState state)
    {
        foreach (var row in state.Domains.Values)
            yield return At(state, ClusterEvents.Fresh(row));
        foreach (var cell in state.Cells.Values)
            yield return At(state, ClusterEvents.Appeared(cell.Presence));
        foreach (var cell in state.AbsentCells.Values)
            yield return At(state, ClusterEvents.Absent(cell));
        foreach (var loss in state.CellLosses.Values)
            yield return At(state, ClusterEvents.LossChanged(loss));
        foreach (var lrp in state.DesiredLrps.Values)
            yield return At(state, LrpEvents.Created(lrp, ""));
        foreach (var process in state.Processes.Values)
        {
            foreach (var row in process.All)
                yield return At(state, LrpEvents.Created(row, ""));
        }
        foreach (var task in state.Tasks.Values)
            yield return At(state, TaskEvents.Created(task));
    }

    private static Event At(BbsState state, Event @event)
    {
        @event.Revision = state.Revision;
        return @event;
    }
}
