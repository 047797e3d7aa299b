using Scheduler.Contracts.V1;
using Scheduler.Converger.Rules;
using Scheduler.Models;

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
                picture.Desire(ContractReader.Read(change.DesiredLrpCreated.DesiredLrp));
                break;
            case Event.PayloadOneofCase.DesiredLrpChanged:
                picture.Desire(ContractReader.Read(change.DesiredLrpChanged.After));
                break;
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                picture.Undesire(change.DesiredLrpRemoved.DesiredLrp.ProcessGuid);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                picture.Put(ContractReader.Read(change.ActualLrpInstanceCreated.ActualLrp), now);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                Change(change.ActualLrpInstanceChanged, picture, now);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                var removed = change.ActualLrpInstanceRemoved.ActualLrp;
                picture.Remove(Key(removed.ActualLrpKey), (LrpPresence)removed.Presence, removed.ModificationTag?.Epoch ?? "", now);
                break;
            case Event.PayloadOneofCase.TaskCreated:
                picture.Put(ContractReader.Read(change.TaskCreated.Task), now);
                break;
            case Event.PayloadOneofCase.TaskChanged:
                picture.Put(ContractReader.Read(change.TaskChanged.After), now);
                break;
            case Event.PayloadOneofCase.TaskRemoved:
                picture.RemoveTask(change.TaskRemoved.Task.TaskGuid, now);
                break;
            case Event.PayloadOneofCase.DomainFresh:
                var expires = change.DomainFresh.ExpiresAt;
                picture.DomainFresh(change.DomainFresh.Domain, expires == 0 ? DateTimeOffset.MaxValue : UnixNanos.ToTime(expires), now);
                break;
            case Event.PayloadOneofCase.DomainExpired:
                picture.DomainExpired(change.DomainExpired.Domain);
                break;
            case Event.PayloadOneofCase.CellAppeared:
                picture.CellAppeared(new CellId(change.CellAppeared.Cell.CellId));
                break;
            case Event.PayloadOneofCase.CellDisappeared:
                picture.CellDisappeared(new CellId(change.CellDisappeared.Cell.CellId), change.CellDisappeared.Withdrawn, now);
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
        // A row's presence is part of its key: a change of it moves the row.
        if (change.Before is { } before && before.Presence != change.After.Presence)
            picture.Remove(Key(change.ActualLrpKey), (LrpPresence)before.Presence, before.ModificationTag?.Epoch ?? "", now);
        picture.Put(ContractReader.ReadAfter(change), now);
    }

    private static LrpKey Key(ActualLRPKey key) => new(key.ProcessGuid, key.Index);
}
