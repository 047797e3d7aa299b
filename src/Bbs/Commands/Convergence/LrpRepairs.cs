using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Convergence;

/// <summary>
/// Repairs of ORDINARY rows. The version identifies what the converger saw of the row. The other conditions of its rule (desired LRP,
/// freshness, cells) are checked again here, because they can change without the row.
/// </summary>
internal static class LrpRepairs
{
    public static DomainError? CreateMissing(Decision decision, CreateMissingLRPs command)
    {
        var lrp = decision.State.DesiredLrp(command.ProcessGuid);
        if (lrp is null)
            return Stale.Because($"desired LRP {command.ProcessGuid}", "it is no longer desired");
        // An index that is no longer desired does not affect the others.
        foreach (var index in command.Indices)
        {
            if (index >= 0 && index < lrp.Instances && decision.State.Row(lrp.ProcessGuid, index) is null)
                Slots.Open(decision, lrp, index);
        }
        return null;
    }

    public static DomainError? Retire(Decision decision, LRPVersion version)
    {
        if (!Seen(decision, version, LrpPresence.Ordinary, out var row))
            return row is null ? null : Changed(row);
        var lrp = decision.State.DesiredLrp(row.ProcessGuid());
        if (lrp is not null && row.Index() >= 0 && row.Index() < lrp.Instances)
            return Stale.Because($"actual LRP {row.Slot()}", "it is desired");
        // The LRP now desired under this guid may have another domain than the one the row was created for.
        var domain = lrp?.Domain ?? row.ActualLrpKey.Domain;
        if (decision.State.Domain(domain)?.IsFreshAt(decision.NowNs) != true)
            return Stale.Because($"actual LRP {row.Slot()}", $"its domain {domain} is not fresh");
        if (Retirement.Apply(decision, row))
            decision.Then(new FollowUp.StopInstance(row));
        return null;
    }

    public static DomainError? Unclaim(Decision decision, LRPVersion version)
    {
        if (!Seen(decision, version, LrpPresence.Ordinary, out var row))
            return row is null ? Gone(version) : Changed(row);
        if (row.State == ActualLrpStateNames.Unclaimed)
            return null;
        if (row.IsOnCell() && Stale.UnlessLost(decision, row.CellId(), $"actual LRP {row.Slot()}") is { } refusal)
            return refusal;
        decision.Change(row, ActualLrpRows.ToUnclaimed(row, decision.NowNs));
        return null;
    }

    public static DomainError? Reauction(Decision decision, LRPVersion version)
    {
        if (!Seen(decision, version, LrpPresence.Ordinary, out var row))
            return row is null ? Gone(version) : Changed(row);
        if (row.State != ActualLrpStateNames.Unclaimed)
            return Changed(row);
        decision.Then(new FollowUp.AuctionLrp(row.Slot()));
        return null;
    }

    public static DomainError? UpdateInstance(Decision decision, LRPVersion version)
    {
        if (!Seen(decision, version, LrpPresence.Ordinary, out var row))
            return row is null ? Gone(version) : Changed(row);
        if (row.State != ActualLrpStateNames.Running)
            return Changed(row);
        decision.Then(new FollowUp.UpdateInstance(row));
        return null;
    }

    /// <summary>
    /// Whether the row is unchanged since the converger saw it. If not, <paramref name="row"/> is the current row, or null.
    /// </summary>
    public static bool Seen(
        Decision decision,
        LRPVersion version,
        LrpPresence presence,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ActualLRP? row
    )
    {
        row = decision.State.Row(version.ActualLrpKey.ProcessGuid, version.ActualLrpKey.Index, presence);
        return row is not null
            && row.ModificationTag.Epoch == version.Epoch
            && row.ModificationTag.Index == version.Index
            && (version.ActualLrpInstanceKey is null || row.Is(version.ActualLrpInstanceKey));
    }

    public static DomainError Changed(ActualLRP row) =>
        Stale.Because(
            $"actual LRP {row.Slot()}",
            $"it has changed since: it is {row.State} at index {row.ModificationTag.Index} of its epoch"
        );

    public static DomainError Gone(LRPVersion version) =>
        Stale.Because($"actual LRP {new LrpKey(version.ActualLrpKey.ProcessGuid, version.ActualLrpKey.Index)}", "it is gone");
}
