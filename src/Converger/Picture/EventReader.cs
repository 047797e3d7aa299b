using Scheduler.Contracts.V1;
using Scheduler.Converger.Rules;
using Scheduler.Models;
using static Scheduler.Converger.Picture.ContractReader;

namespace Scheduler.Converger.Picture;

/// <summary>Applies one event of the BBS's stream to the picture.</summary>
internal static class EventReader
{
    /// <returns>Whether the event completes a snapshot.</returns>
    /// <exception cref="FormatException">The event contradicts the contract: an unknown state, a missing part.</exception>
    public static bool Apply(Event change, ClusterPicture picture, DateTimeOffset now)
    {
        switch (change.PayloadCase)
        {
            case Event.PayloadOneofCase.DesiredLrpCreated:
                picture.Desire(Read(Required(change.DesiredLrpCreated.DesiredLrp, "desired_lrp")));
                break;
            case Event.PayloadOneofCase.DesiredLrpChanged:
                picture.Desire(Read(Required(change.DesiredLrpChanged.After, "after")));
                break;
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                picture.Undesire(Required(change.DesiredLrpRemoved.DesiredLrp, "desired_lrp").ProcessGuid);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                picture.Put(Read(Required(change.ActualLrpInstanceCreated.ActualLrp, "actual_lrp")), now);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                Change(change.ActualLrpInstanceChanged, picture, now);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                var removed = Required(change.ActualLrpInstanceRemoved.ActualLrp, "actual_lrp");
                picture.Remove(Key(removed.ActualLrpKey), (LrpPresence)removed.Presence, Tag(removed.ModificationTag), now);
                break;
            case Event.PayloadOneofCase.TaskCreated:
                picture.Put(Read(Required(change.TaskCreated.Task, "task")), now);
                break;
            case Event.PayloadOneofCase.TaskChanged:
                picture.Put(Read(Required(change.TaskChanged.After, "after")), now);
                break;
            case Event.PayloadOneofCase.TaskRemoved:
                picture.RemoveTask(Required(change.TaskRemoved.Task, "task").TaskGuid, now);
                break;
            case Event.PayloadOneofCase.DomainFresh:
                var expires = change.DomainFresh.ExpiresAt;
                picture.DomainFresh(change.DomainFresh.Domain, expires == 0 ? DateTimeOffset.MaxValue : UnixNanos.ToTime(expires), now);
                break;
            case Event.PayloadOneofCase.DomainExpired:
                picture.DomainExpired(change.DomainExpired.Domain);
                break;
            case Event.PayloadOneofCase.CellAppeared:
                picture.CellAppeared(new CellId(Required(change.CellAppeared.Cell, "cell").CellId));
                break;
            case Event.PayloadOneofCase.CellDisappeared:
                picture.CellDisappeared(new CellId(Required(change.CellDisappeared.Cell, "cell").CellId), change.CellDisappeared.Withdrawn, now);
                break;
            case Event.PayloadOneofCase.CellAbsent:
                var absent = Required(change.CellAbsent.Cell, "cell");
                picture.CellAbsent(new CellId(absent.CellId), LossReader.Verdict(absent), absent.Standing == AbsentCell.Types.Standing.Lost, now);
                break;
            case Event.PayloadOneofCase.CellAbsenceEnded:
                picture.Absences.Remove(new CellId(Required(change.CellAbsenceEnded.Cell, "cell").CellId));
                break;
            case Event.PayloadOneofCase.CellLossChanged:
                picture.Absences.Told = LossReader.Read(Required(change.CellLossChanged.Loss, "loss"));
                break;
            case Event.PayloadOneofCase.SnapshotComplete:
                return true;
            // A crash is told besides by the change of its row; a heartbeat says that nothing happened.
            case Event.PayloadOneofCase.ActualLrpCrashed:
            case Event.PayloadOneofCase.Heartbeat:
            // A kind of event from a newer BBS: no rule looks at it yet.
            default:
                break;
        }
        return false;
    }

    private static void Change(ActualLRPInstanceChangedEvent change, ClusterPicture picture, DateTimeOffset now)
    {
        // A row's presence is part of its key: a change of it moves the row. First to its new place, for the cell of the
        // row is not to seem empty in between: a lost one would be forgotten, and lost again.
        picture.Put(ReadAfter(change), now);
        if (change.Before is { } before && before.Presence != Required(change.After, "after").Presence)
            picture.Remove(Key(change.ActualLrpKey), (LrpPresence)before.Presence, Tag(before.ModificationTag), now);
    }
}
