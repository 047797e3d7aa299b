namespace Scheduler.Bbs.Events;

/// <summary>Selects the events that a follower receives.</summary>
/// <param name="CellId">Only instance events of this cell; empty for all cells.</param>
internal sealed record EventFilter(bool Lrps, bool Tasks, bool DomainsAndCells, string CellId)
{
    public static EventFilter Of(FollowRequest request)
    {
        var all = !request.Lrps && !request.Tasks && !request.DomainsAndCells;
        return new EventFilter(all || request.Lrps, all || request.Tasks, all || request.DomainsAndCells, request.CellId);
    }

    public bool Passes(Event @event) =>
        @event.PayloadCase switch
        {
            Event.PayloadOneofCase.DesiredLrpCreated
            or Event.PayloadOneofCase.DesiredLrpChanged
            or Event.PayloadOneofCase.DesiredLrpRemoved => Lrps,
            Event.PayloadOneofCase.ActualLrpInstanceCreated => Lrps
                && IsOfCell(@event.ActualLrpInstanceCreated.ActualLrp.ActualLrpInstanceKey),
            Event.PayloadOneofCase.ActualLrpInstanceChanged => Lrps && IsOfCell(@event.ActualLrpInstanceChanged.ActualLrpInstanceKey),
            Event.PayloadOneofCase.ActualLrpInstanceRemoved => Lrps
                && IsOfCell(@event.ActualLrpInstanceRemoved.ActualLrp.ActualLrpInstanceKey),
            Event.PayloadOneofCase.ActualLrpCrashed => Lrps && IsOfCell(@event.ActualLrpCrashed.ActualLrpInstanceKey),
            Event.PayloadOneofCase.TaskCreated or Event.PayloadOneofCase.TaskChanged or Event.PayloadOneofCase.TaskRemoved => Tasks,
            Event.PayloadOneofCase.DomainFresh or Event.PayloadOneofCase.DomainExpired => DomainsAndCells,
            Event.PayloadOneofCase.CellAppeared or Event.PayloadOneofCase.CellDisappeared => DomainsAndCells,
            Event.PayloadOneofCase.CellAbsent or Event.PayloadOneofCase.CellAbsenceEnded or Event.PayloadOneofCase.CellLossChanged =>
                DomainsAndCells,
            _ => true,
        };

    private bool IsOfCell(ActualLRPInstanceKey key) => CellId.Length == 0 || key.CellId == CellId;
}
