namespace Scheduler.Bbs.Events;

/// <summary>
/// The order of the events of one command: what happened to desires, tasks, domains and cells, then crashes, then what runs now,
/// then the rest. So a replacement's start is seen before its predecessor goes, and a router never sees an empty moment.
/// </summary>
internal static class EmissionOrder
{
    public static void Sort(List<Event> events, int from)
    {
        if (events.Count - from < 2) return;
        var emission = events.GetRange(from, events.Count - from);
        var at = from;
        for (var rank = 0; rank <= LastRank; rank++)
        {
            foreach (var @event in emission)
            {
                if (RankOf(@event) == rank) events[at++] = @event;
            }
        }
    }

    private const int LastRank = 3;

    private static int RankOf(Event @event) => @event.PayloadCase switch
    {
        Event.PayloadOneofCase.ActualLrpCrashed => 1,
        Event.PayloadOneofCase.ActualLrpInstanceCreated =>
            @event.ActualLrpInstanceCreated.ActualLrp.State == ActualLrpStateNames.Running ? 2 : LastRank,
        Event.PayloadOneofCase.ActualLrpInstanceChanged =>
            @event.ActualLrpInstanceChanged.After.State == ActualLrpStateNames.Running ? 2 : LastRank,
        Event.PayloadOneofCase.ActualLrpInstanceRemoved => LastRank,
        _ => 0,
    };
}
