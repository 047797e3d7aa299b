using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Bbs.Commands;

/// <summary>What a follower knows who keeps whole rows from events alone, by the rules that src/Bbs/README.md gives for it.</summary>
internal sealed class Mirror
{
    public Dictionary<ActualLrpRowKey, ActualLRP> Rows { get; } = [];

    public Dictionary<string, DesiredLRP> Desired { get; } = [];

    public Dictionary<string, OneOffTask> Tasks { get; } = [];

    public Dictionary<string, CellPresence> Cells { get; } = [];

    public Dictionary<string, AbsentCell> AbsentCells { get; } = [];

    public CellLoss? Loss { get; private set; }

    public Dictionary<string, long> Domains { get; } = [];

    public void Apply(Event @event)
    {
        switch (@event.PayloadCase)
        {
            case Event.PayloadOneofCase.DesiredLrpCreated:
                Desired.Add(@event.DesiredLrpCreated.DesiredLrp.ProcessGuid, @event.DesiredLrpCreated.DesiredLrp);
                break;
            case Event.PayloadOneofCase.DesiredLrpChanged:
                Desired[@event.DesiredLrpChanged.After.ProcessGuid] = @event.DesiredLrpChanged.After;
                break;
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                Desired.Remove(@event.DesiredLrpRemoved.DesiredLrp.ProcessGuid);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                Rows[@event.ActualLrpInstanceCreated.ActualLrp.RowKey()] = @event.ActualLrpInstanceCreated.ActualLrp;
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                Change(@event.ActualLrpInstanceChanged);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                // Tells of an instance: a row that another one has taken meanwhile stays.
                var removed = @event.ActualLrpInstanceRemoved.ActualLrp;
                if (Rows.TryGetValue(removed.RowKey(), out var held) && held.Is(removed.ActualLrpInstanceKey))
                    Rows.Remove(removed.RowKey());
                break;
            case Event.PayloadOneofCase.TaskCreated:
                Tasks.Add(@event.TaskCreated.Task.TaskGuid, @event.TaskCreated.Task);
                break;
            case Event.PayloadOneofCase.TaskChanged:
                Tasks[@event.TaskChanged.After.TaskGuid] = @event.TaskChanged.After;
                break;
            case Event.PayloadOneofCase.TaskRemoved:
                Tasks.Remove(@event.TaskRemoved.Task.TaskGuid);
                break;
            case Event.PayloadOneofCase.DomainFresh:
                Domains[@event.DomainFresh.Domain] = @event.DomainFresh.ExpiresAt;
                break;
            case Event.PayloadOneofCase.DomainExpired:
                Domains.Remove(@event.DomainExpired.Domain);
                break;
            case Event.PayloadOneofCase.CellAppeared:
                Cells[@event.CellAppeared.Cell.CellId] = @event.CellAppeared.Cell;
                break;
            case Event.PayloadOneofCase.CellDisappeared:
                Cells.Remove(@event.CellDisappeared.Cell.CellId);
                break;
            case Event.PayloadOneofCase.CellAbsent:
                AbsentCells[@event.CellAbsent.Cell.CellId] = @event.CellAbsent.Cell;
                break;
            case Event.PayloadOneofCase.CellAbsenceEnded:
                AbsentCells.Remove(@event.CellAbsenceEnded.Cell.CellId);
                break;
            case Event.PayloadOneofCase.CellLossChanged:
                Loss = @event.CellLossChanged.Loss.Mode == CellLoss.Types.Mode.AtOnce ? null : @event.CellLossChanged.Loss;
                break;
            default:
                break;
        }
    }

    private void Change(ActualLRPInstanceChangedEvent change)
    {
        var key = change.ActualLrpKey;
        Rows.Remove(new ActualLrpRowKey(key.ProcessGuid, key.Index, (LrpPresence)change.Before.Presence));
        var holdsInstance = change.After.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running;
        var row = new ActualLRP
        {
            ActualLrpKey = key,
            ActualLrpInstanceKey = holdsInstance ? change.ActualLrpInstanceKey : new ActualLRPInstanceKey(),
            ActualLrpNetInfo = change.After.ActualLrpNetInfo,
            CrashCount = change.After.CrashCount,
            CrashReason = change.After.CrashReason,
            State = change.After.State,
            PlacementError = change.After.PlacementError,
            Since = change.After.Since,
            ModificationTag = change.After.ModificationTag,
            Presence = change.After.Presence,
            AvailabilityZone = change.After.AvailabilityZone,
        };
        if (change.After.HasRoutable)
            row.Routable = change.After.Routable;
        row.ActualLrpInternalRoutes.AddRange(change.ActualLrpInternalRoutes);
        row.MetricTags.Add(change.MetricTags);
        Rows[row.RowKey()] = row;
    }
}
