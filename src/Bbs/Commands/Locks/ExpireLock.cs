namespace Scheduler.Bbs.Commands.Locks;

/// <summary>The loop's own: a lock has run out.</summary>
internal sealed class ExpireLock(string key) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        if (decision.State.Lock(key) is not null && decision.Presences.HasRunOut(new LeaseKey(LeaseKind.Lock, key)))
            decision.State.DeleteLock(key);
        return new Done();
    }
}
