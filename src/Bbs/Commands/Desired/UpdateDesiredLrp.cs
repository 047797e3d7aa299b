using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.State;
using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Bbs.Commands.Desired;

/// <summary>Updates the mutable fields of a desired LRP; fields not set in the update keep their values.</summary>
internal sealed class UpdateDesiredLrp(string processGuid, DesiredLRPUpdate update) : Command<ulong>
{
    public override Result<ulong> Decide(Decision decision)
    {
        var before = decision.State.DesiredLrp(processGuid);
        if (before is null)
            return DomainError.NotFound($"desired LRP {processGuid}");

        var after = Updated(before);
        decision.State.Put(after);
        decision.Emit(LrpEvents.Changed(before, after, decision.TraceId));
        if (after.Instances > before.Instances)
            Slots.Open(decision, after, before.Instances, after.Instances);
        else if (after.Instances < before.Instances)
            Retirement.StopFrom(decision, processGuid, after.Instances);
        if (DesiredLrpRules.InstancesNeedUpdate(before, after))
            UpdateInstances(decision, after.Instances);
        return decision.State.Revision;
    }

    private DesiredLRP Updated(DesiredLRP before)
    {
        var after = before.Clone();
        if (update.HasInstances)
            after.Instances = update.Instances;
        if (update.Routes is not null)
            after.Routes = update.Routes;
        if (update.HasAnnotation)
            after.Annotation = update.Annotation;
        if (update.HasImageUsername)
            after.ImageUsername = update.ImageUsername;
        if (update.HasImagePassword)
            after.ImagePassword = update.ImagePassword;
        if (update.MetricTags.Count > 0)
        {
            after.MetricTags.Clear();
            after.MetricTags.Add(update.MetricTags);
        }
        DesiredLrpRules.KeepSourceIdInStep(after);
        after.ModificationTag = new ModificationTag { Epoch = before.ModificationTag.Epoch, Index = before.ModificationTag.Index + 1 };
        return after;
    }

    private void UpdateInstances(Decision decision, int instances)
    {
        foreach (var row in decision.State.RowsOf(processGuid).All)
        {
            if (row.IsOnCell() && row.Index() < instances && row.Presence != ActualLRP.Types.Presence.Evacuating)
                decision.Then(new FollowUp.UpdateInstance(row));
        }
    }
}
