using Scheduler.Bbs.Events;
using Scheduler.Bbs.State;
using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Bbs.Commands.Desired;

/// <summary>A client wants n instances of a process. The value is the revision that has them.</summary>
internal sealed class DesireLrp(DesiredLRP wanted) : Command<ulong>
{
    public override Result<ulong> Decide(Decision decision)
    {
        if (decision.State.DesiredLrp(wanted.ProcessGuid) is not null)
            return DomainError.Exists($"desired LRP {wanted.ProcessGuid}");

        var lrp = wanted.Clone();
        lrp.ModificationTag = new ModificationTag { Epoch = decision.NewEpoch() };
        DesiredLrpRules.KeepSourceIdInStep(lrp);
        decision.State.Put(lrp);
        decision.Emit(LrpEvents.Created(lrp, decision.TraceId));
        Slots.Open(decision, lrp, 0, lrp.Instances);
        return decision.State.Revision;
    }
}

/// <summary>Slots of a desired LRP that wait for cells.</summary>
internal static class Slots
{
    /// <summary>
    /// Makes UNCLAIMED rows for the indices that have none. A row that is there already, left by an LRP of the same
    /// guid, takes its place; if it waits, it is auctioned with the others.
    /// </summary>
    public static void Open(Decision decision, DesiredLRP lrp, int from, int to)
    {
        for (var index = from; index < to; index++) Open(decision, lrp, index);
    }

    public static void Open(Decision decision, DesiredLRP lrp, int index)
    {
        if (decision.State.Row(lrp.ProcessGuid, index) is not { } row)
        {
            var key = new ActualLRPKey { ProcessGuid = lrp.ProcessGuid, Index = index, Domain = lrp.Domain };
            decision.Create(ActualLrpRows.Unclaimed(key, decision.NewEpoch(), decision.NowNs));
        }
        else if (row.State == ActualLrpStateNames.Unclaimed)
        {
            decision.Then(new FollowUp.AuctionLrp(new LrpKey(lrp.ProcessGuid, index)));
        }
    }
}
