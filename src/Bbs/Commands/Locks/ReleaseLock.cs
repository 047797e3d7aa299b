namespace Scheduler.Bbs.Commands.Locks;

/// <summary>Gives a lock up, so that a standby need not wait for it to run out.</summary>
internal sealed class ReleaseLock(string key, string owner) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var held = decision.State.Lock(key);
        if (held is null)
            return new Done();
        if (held.Owner != owner)
            return new DomainError(ErrorKind.LockCollision, $"the lock {key} is held by {held.Owner}");
        decision.State.DeleteLock(key);
        return new Done();
    }
}
