using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Commands.Locks;

/// <summary>Takes or renews a lock.</summary>
internal sealed class AcquireLock(LockRow wanted) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var held = decision.State.Lock(wanted.Key);
        if (held is not null && held.Owner != wanted.Owner)
            return new DomainError(ErrorKind.LockCollision, $"the lock {wanted.Key} is held by {held.Owner}");
        decision.Presences.Renew(new LeaseKey(LeaseKind.Lock, wanted.Key), TimeSpan.FromMilliseconds(wanted.TtlMs));
        if (wanted == held) return new Done();
        decision.State.Put(wanted);
        if (wanted.Key == LockKeys.Auctioneer && (wanted.Owner != held?.Owner || wanted.Value != held.Value))
            decision.Then(new FollowUp.AuctioneerChanged());
        return new Done();
    }
}

/// <summary>Releases a lock, so that a standby does not have to wait for it to expire.</summary>
internal sealed class ReleaseLock(string key, string owner) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var held = decision.State.Lock(key);
        if (held is null) return new Done();
        if (held.Owner != owner) return new DomainError(ErrorKind.LockCollision, $"the lock {key} is held by {held.Owner}");
        decision.State.DeleteLock(key);
        return new Done();
    }
}

/// <summary>Internal to the loop: a lock has expired.</summary>
internal sealed class ExpireLock(string key) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        if (decision.State.Lock(key) is not null && decision.Presences.HasRunOut(new LeaseKey(LeaseKind.Lock, key)))
            decision.State.DeleteLock(key);
        return new Done();
    }
}
