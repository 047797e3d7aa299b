namespace Scheduler.Bbs.Events;

/// <summary>
/// The order of the events of one command: first changes of desired LRPs, tasks, domains and cells, then crashes, then running instances,
/// then the rest. So a follower sees the replacement start before its predecessor goes, and a router never has an empty table in between.
/// </summary>
internal static class EmissionOrder
{
    public static void Sort(List<Event> events, int from)
    {
        if (events.Count - from < 2)
            return;
        var emission = events.GetRange(from, events.Count - from);
        var at = from;
        for (var rank = 0; rank <= LastRank; rank++)
        {
            foreach (var @event in emission)
            {
                if (RankOf(@event) == rank)
                    events[at++] = @event;
            }
        }
    }

    private const int LastRank = 3;

    private static int RankOf(Event @event) =>
        @event.PayloadCase switch
        {
            Event.PayloadOneofCase.ActualLrpCrashed => 1,
            Event.PayloadOneofCase.ActualLrpInstanceCreated => @event.ActualLrpInstanceCreated.ActualLrp.State
            == ActualLrpStateNames.Running
                ? 2
                : LastRank,
            Event.PayloadOneofCase.ActualLrpInstanceChanged => @event.ActualLrpInstanceChanged.After.State == ActualLrpStateNames.Running
                ? 2
                : LastRank,
            Event.PayloadOneofCase.ActualLrpInstanceRemoved => LastRank,
            _ => 0,
        };
}
