using Scheduler.Bbs.Events;
using Scheduler.Bbs.State;
using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Bbs.Commands.Desired;

/// <summary>A client desires n instances of a process. The value is the revision that contains the desired LRP.</summary>
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

/// <summary>Slots of a desired LRP that wait for a cell.</summary>
internal static class Slots
{
    /// <summary>
    /// Creates UNCLAIMED rows for the indices without a row. An existing row, left by an earlier LRP with the same guid, is reused; if it
    /// is UNCLAIMED, it is auctioned with the others.
    /// </summary>
    public static void Open(Decision decision, DesiredLRP lrp, int from, int to)
    {
        for (var index = from; index < to; index++)
            Open(decision, lrp, index);
    }

    public static void Open(Decision decision, DesiredLRP lrp, int index)
    {
        if (decision.State.Row(lrp.ProcessGuid, index) is not { } row)
        {
            var key = new ActualLRPKey
            {
                ProcessGuid = lrp.ProcessGuid,
                Index = index,
                Domain = lrp.Domain,
            };
            decision.Create(ActualLrpRows.Unclaimed(key, decision.NewEpoch(), decision.NowNs));
        }
        else if (row.State == ActualLrpStateNames.Unclaimed)
        {
            decision.Then(new FollowUp.AuctionLrp(new LrpKey(lrp.ProcessGuid, index)));
        }
    }
}
