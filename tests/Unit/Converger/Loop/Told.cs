using Scheduler.Contracts.V1;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>Events as the BBS sends them.</summary>
internal static class Told
{
    public static Event Desired(string guid, int instances) =>
        new()
        {
            DesiredLrpCreated = new DesiredLRPCreatedEvent
            {
                DesiredLrp = new DesiredLRP
                {
                    ProcessGuid = guid,
                    Domain = "apps",
                    Instances = instances,
                },
            },
        };

    public static ActualLRP Unclaimed(string guid, int index, DateTimeOffset since) =>
        new()
        {
            ActualLrpKey = new ActualLRPKey
            {
                ProcessGuid = guid,
                Index = index,
                Domain = "apps",
            },
            State = "UNCLAIMED",
            Since = (since - DateTimeOffset.UnixEpoch).Ticks * 100,
            ModificationTag = new ModificationTag { Epoch = $"epoch-{guid}-{index}" },
        };

    public static ActualLRP Running(string guid, int index, string cell, DateTimeOffset since)
    {
        var row = Unclaimed(guid, index, since);
        row.State = "RUNNING";
        row.ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = $"{guid}-{index}", CellId = cell };
        return row;
    }

    public static Event Created(ActualLRP row) =>
        new() { ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent { ActualLrp = row } };

    /// <summary>The running row becomes the suspect.</summary>
    public static Event Suspected(string guid, int index, string cell, DateTimeOffset since)
    {
        var row = Running(guid, index, cell, since);
        ActualLRPInfo Info(ActualLRP.Types.Presence presence) =>
            new()
            {
                State = row.State,
                Since = row.Since,
                ModificationTag = row.ModificationTag,
                Presence = presence,
            };
        return new Event
        {
            ActualLrpInstanceChanged = new ActualLRPInstanceChangedEvent
            {
                ActualLrpKey = row.ActualLrpKey,
                ActualLrpInstanceKey = row.ActualLrpInstanceKey,
                Before = Info(ActualLRP.Types.Presence.Ordinary),
                After = Info(ActualLRP.Types.Presence.Suspect),
            },
        };
    }

    public static Event Created(OneOffTask task) => new() { TaskCreated = new TaskCreatedEvent { Task = task } };

    public static Event Changed(ActualLRP row, string state)
    {
        var info = new ActualLRPInfo
        {
            State = state,
            Since = row.Since,
            ModificationTag = row.ModificationTag,
            Presence = row.Presence,
        };
        return new Event
        {
            ActualLrpInstanceChanged = new ActualLRPInstanceChangedEvent
            {
                ActualLrpKey = row.ActualLrpKey,
                ActualLrpInstanceKey = row.ActualLrpInstanceKey,
                After = info,
            },
        };
    }

    public static Event DomainFresh() => new() { DomainFresh = new DomainFreshEvent { Domain = "apps" } };

    public static Event CellAppeared(string id) =>
        new() { CellAppeared = new CellAppearedEvent { Cell = new CellPresence { CellId = id } } };

    public static Event CellGone(string id) =>
        new() { CellDisappeared = new CellDisappearedEvent { Cell = new CellPresence { CellId = id } } };

    public static Event Absent(string id, AbsentCell.Types.Verdict verdict, bool lost = false, DateTimeOffset keepUntil = default) =>
        new()
        {
            CellAbsent = new CellAbsentEvent
            {
                Cell = new AbsentCell
                {
                    CellId = id,
                    Standing = lost ? AbsentCell.Types.Standing.Lost : AbsentCell.Types.Standing.Unheard,
                    Verdict = verdict,
                    KeepUntil = keepUntil == default ? 0 : (keepUntil - DateTimeOffset.UnixEpoch).Ticks * 100,
                },
            },
        };

    public static Event Unreadable() =>
        new()
        {
            ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent
            {
                ActualLrp = new ActualLRP { State = "FLYING", ActualLrpKey = new ActualLRPKey() },
            },
        };
}
