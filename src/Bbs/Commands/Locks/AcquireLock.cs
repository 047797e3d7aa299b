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
        if (wanted == held)
            return new Done();
        decision.State.Put(wanted);
        if (wanted.Key == LockKeys.Auctioneer && (wanted.Owner != held?.Owner || wanted.Value != held.Value))
            decision.Then(new FollowUp.AuctioneerChanged());
        return new Done();
    }
}
