using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Events;

namespace Scheduler.Bbs.Commands.Desired;

/// <summary>A process is no longer desired: its instances are stopped.</summary>
internal sealed class RemoveDesiredLrp(string processGuid) : Command<ulong>
{
    public override Result<ulong> Decide(Decision decision)
    {
        var lrp = decision.State.DesiredLrp(processGuid);
        if (lrp is null)
            return DomainError.NotFound($"desired LRP {processGuid}");
        decision.State.DeleteDesiredLrp(processGuid);
        decision.Emit(LrpEvents.Removed(lrp, decision.TraceId));
        Retirement.StopFrom(decision, processGuid, 0);
        return decision.State.Revision;
    }
}
