using Scheduler.Contracts.V1;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;
using static Scheduler.Converger.Model.ContractReader;

namespace Scheduler.Converger.Model;

/// <summary>
/// Reader that applies the events of the BBS's stream to the model. Data that contradicts itself or the contract is reported, never thrown:
/// one unreadable row must not block the others.
/// </summary>
internal sealed class EventReader(ClusterModel model, Action<Contradiction> report)
{
    /// <returns>Whether the event completes a snapshot.</returns>
    public bool Apply(Event change, DateTimeOffset now)
    {
        switch (change.PayloadCase)
        {
            case Event.PayloadOneofCase.DesiredLrpCreated:
                Desire(change.DesiredLrpCreated.DesiredLrp);
                break;
            case Event.PayloadOneofCase.DesiredLrpChanged:
                if (Differ(change.DesiredLrpChanged.Before?.ProcessGuid, change.DesiredLrpChanged.After?.ProcessGuid))
                    TwoKeys(RowNames.Of(change.DesiredLrpChanged.After), RowNames.Of(change.DesiredLrpChanged.Before));
                Desire(change.DesiredLrpChanged.After);
                break;
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                if (change.DesiredLrpRemoved.DesiredLrp is { ProcessGuid.Length: > 0 } undesired)
                    model.Undesire(undesired.ProcessGuid);
                else
                    Unreadable(RowNames.Of(change.DesiredLrpRemoved.DesiredLrp), "the event does not name the removed desired LRP");
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                Create(change.ActualLrpInstanceCreated.ActualLrp, now);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                Change(change.ActualLrpInstanceChanged, now);
                break;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                Remove(change.ActualLrpInstanceRemoved.ActualLrp, now);
                break;
            case Event.PayloadOneofCase.TaskCreated:
                Put(change.TaskCreated.Task, now);
                break;
            case Event.PayloadOneofCase.TaskChanged:
                if (Differ(change.TaskChanged.Before?.TaskGuid, change.TaskChanged.After?.TaskGuid))
                    TwoKeys(RowNames.Of(change.TaskChanged.After), RowNames.Of(change.TaskChanged.Before));
                Put(change.TaskChanged.After, now);
                break;
            case Event.PayloadOneofCase.TaskRemoved:
                if (change.TaskRemoved.Task is { TaskGuid.Length: > 0 } removed)
                    model.RemoveTask(removed.TaskGuid, now);
                else
                    Unreadable(RowNames.Of(change.TaskRemoved.Task), "the event does not name the removed task");
                break;
            case Event.PayloadOneofCase.DomainFresh:
                var expires = change.DomainFresh.ExpiresAt;
                model.DomainFresh(change.DomainFresh.Domain, expires == 0 ? DateTimeOffset.MaxValue : UnixNanos.ToTime(expires), now);
                break;
            case Event.PayloadOneofCase.DomainExpired:
                model.DomainExpired(change.DomainExpired.Domain);
                break;
            case Event.PayloadOneofCase.CellAppeared:
                if (Cell(change.CellAppeared.Cell) is { } appeared)
                    model.CellAppeared(appeared);
                break;
            case Event.PayloadOneofCase.CellDisappeared:
                if (Cell(change.CellDisappeared.Cell) is { } disappeared)
                    model.CellDisappeared(disappeared, change.CellDisappeared.Withdrawn, now);
                break;
            case Event.PayloadOneofCase.CellAbsent:
                if (change.CellAbsent.Cell is { CellId.Length: > 0 } absent)
                    model.CellAbsent(
                        new CellId(absent.CellId),
                        LossReader.Decision(absent),
                        absent.Standing == AbsentCell.Types.Standing.Lost,
                        now
                    );
                else
                    Unreadable("absence of cell ?", "cell.cell_id is empty");
                break;
            case Event.PayloadOneofCase.CellAbsenceEnded:
                if (change.CellAbsenceEnded.Cell is { CellId.Length: > 0 } returned)
                    model.AbsentCells.Remove(new CellId(returned.CellId));
                else
                    Unreadable("absence of cell ?", "cell.cell_id is empty");
                break;
            case Event.PayloadOneofCase.CellLossChanged:
                if (change.CellLossChanged.Loss is { } loss)
                    model.AbsentCells.Told = LossReader.Read(loss);
                else
                    Unreadable("status of cell losses", "loss is missing");
                break;
            case Event.PayloadOneofCase.SnapshotComplete:
                return true;
            // A crash also arrives as a change of its row. A heartbeat reports no change.
            case Event.PayloadOneofCase.ActualLrpCrashed:
            case Event.PayloadOneofCase.Heartbeat:
            // An event type of a newer BBS; no rule uses it yet.
            default:
                break;
        }
        return false;
    }

    private void Desire(DesiredLRP? lrp)
    {
        try
        {
            var desired = Read(Required(lrp, "desired_lrp"));
            if (desired.Instances is null)
                Impossible(RowNames.Of(lrp), $"it has an impossible instance count of {lrp.Instances}; its instances are left unchanged");
            if (model.InSnapshot && model.Desired(desired.ProcessGuid) is { } other && other != desired)
                report(
                    new(
                        ContradictionKind.Duplicate,
                        RowNames.Of(lrp),
                        $"received twice, with {other.Instances} and with {desired.Instances} instances; the later one is used"
                    )
                );
            model.Desire(desired);
        }
        catch (FormatException e)
        {
            Unreadable(RowNames.Of(lrp), e.Message);
        }
    }

    private void Create(ActualLRP? lrp, DateTimeOffset now)
    {
        try
        {
            var row = Read(Required(lrp, "actual_lrp"), model);
            var twice = model.InSnapshot ? model.Slot(row.Key).Row(row.Presence) : null;
            if (twice is not null && twice != row)
            {
                // The rep of the other instance stops it when the BBS refuses its reports.
                report(
                    new(
                        ContradictionKind.Duplicate,
                        RowNames.Of(lrp),
                        $"received twice, also as {twice.State} {twice.Instance} of epoch {twice.Tag.Epoch}; the last one to change is used"
                    )
                );
                if (twice.Since > row.Since)
                    return;
            }
            Put(row, RowNames.Of, lrp, now);
        }
        catch (FormatException e)
        {
            Unreadable(RowNames.Of(lrp), e.Message);
            LeaveAlone(lrp?.ActualLrpKey, lrp?.Presence);
        }
    }

    private void Change(ActualLRPInstanceChangedEvent change, DateTimeOffset now)
    {
        try
        {
            var row = ReadAfter(change, model);
            var left = change.Before is { } before && before.Presence != change.After.Presence ? Presence(before.Presence) : row.Presence;
            // A row's presence is part of its key, so changing it moves the row. Put the row in its new place first: its cell must not look
            // empty in between, or a lost cell would be forgotten and lost again.
            Put(row, RowNames.Of, change, now);
            if (left != row.Presence)
                model.Remove(row.Key, left, Tag(change.Before?.ModificationTag), now);
        }
        catch (FormatException e)
        {
            Unreadable(RowNames.Of(change), e.Message);
            LeaveAlone(change.ActualLrpKey, change.After?.Presence ?? change.Before?.Presence);
        }
    }

    private void Remove(ActualLRP? row, DateTimeOffset now)
    {
        try
        {
            Required(row, "actual_lrp");
            model.Remove(Key(row.ActualLrpKey), Presence(row.Presence), Tag(row.ModificationTag), now);
        }
        catch (FormatException e)
        {
            Unreadable(RowNames.Of(row), e.Message);
        }
    }

    private void Put<T>(ActualView row, Func<T, string> name, T told, DateTimeOffset now)
    {
        if (WhyImpossible(row) is { } why)
            Impossible(name(told), why);
        model.Put(row, now);
    }

    private void Put(OneOffTask? told, DateTimeOffset now)
    {
        try
        {
            var task = Read(Required(told, "task"), model);
            if (model.InSnapshot && model.Task(task.TaskGuid) is { } other && other != task)
                report(
                    new(
                        ContradictionKind.Duplicate,
                        RowNames.Of(told),
                        $"received twice, as {other.State} and as {task.State}; the later one is used"
                    )
                );
            if (task is { State: OneOffTaskState.Running, CellId.Value.Length: 0 })
                Impossible(RowNames.Of(told), "it is Running but has no cell");
            model.Put(task, now);
        }
        catch (FormatException e)
        {
            Unreadable(RowNames.Of(told), e.Message);
            // The known version is out of date.
            if (told is not null)
                model.RemoveTask(told.TaskGuid, now);
        }
    }

    private CellId? Cell(CellPresence? cell)
    {
        if (cell is { CellId.Length: > 0 })
            return new CellId(cell.CellId);
        Unreadable("presence of cell ?", "cell.cell_id is empty");
        return null;
    }

    // Without a key there is no slot to leave alone; with an unknown presence the row is none of the slot's.
    private void LeaveAlone(ActualLRPKey? key, ActualLRP.Types.Presence? presence)
    {
        if (key is { ProcessGuid.Length: > 0 } && presence is { } row && Enum.IsDefined(row))
            model.Unreadable(Key(key), Presence(row));
    }

    private static string? WhyImpossible(ActualView row)
    {
        if (row.Key.Index is < 0 or >= MaxInstances)
            return $"its index {row.Key.Index} is impossible";
        if (row.Presence != LrpPresence.Ordinary && !row.OnCell)
            return $"a row that is {row.Presence} and {row.State} cannot have a container";
        if (row.OnCell && row.Instance.CellId.Value.Length == 0)
            return $"it is {row.State} but has no cell";
        if (row.OnCell && row.Instance.InstanceGuid.Length == 0)
            return $"it is {row.State} but has no instance guid";
        return null;
    }

    private static bool Differ(string? before, string? after) => before is not null && after is not null && before != after;

    private void TwoKeys(string after, string before) =>
        Impossible(
            after,
            $"the event names another row, {before}, as its previous state; the new state is used and {before} is left unchanged"
        );

    private void Unreadable(string row, string why) => report(new(ContradictionKind.Unreadable, row, why));

    private void Impossible(string row, string why) => report(new(ContradictionKind.Impossible, row, why));
}
