using Scheduler.Bbs.Events;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Commands.Cells;

/// <summary>A rep announces its cell or renews its presence. Only changes reach the store.</summary>
internal sealed class AnnounceCell(CellRow announced) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var lease = new LeaseKey(LeaseKind.Cell, announced.CellId);
        var known = decision.State.Cell(announced.CellId);
        if (known is not null && known.Owner != announced.Owner)
        {
            decision.Presences.Challenge(announced);
            return new DomainError(ErrorKind.LockCollision, $"the presence of cell {announced.CellId} is held by {known.Owner}");
        }
        decision.Presences.Renew(lease, TimeSpan.FromMilliseconds(announced.TtlMs));
        if (known is not null && known.Equals(announced))
            return new Done();
        decision.State.Put(announced);
        if (known is null)
            Absence.End(decision, announced.CellId);
        if (known is null || !known.Presence.Equals(announced.Presence))
            decision.Emit(ClusterEvents.Appeared(announced.Presence));
        return new Done();
    }
}

/// <summary>A rep withdraws its cell on purpose.</summary>
internal sealed class WithdrawCell(string cellId, string owner) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var known = decision.State.Cell(cellId);
        if (known is null)
            return new Done();
        if (known.Owner != owner)
            return new DomainError(ErrorKind.LockCollision, $"the presence of cell {cellId} is held by {known.Owner}");
        decision.State.DeleteCell(cellId);
        decision.Emit(ClusterEvents.Disappeared(known.Presence, withdrawn: true));
        Absence.Begin(decision, cellId, withdrawn: true);
        return new Done();
    }
}

/// <summary>
/// Internal to the loop: a presence has expired. If a restarted rep has asked for its cell in the meantime, it takes over without the
/// cell being absent in between, so the cell's instances do not become SUSPECT.
/// </summary>
internal sealed class ExpireCell(string cellId) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var lease = new LeaseKey(LeaseKind.Cell, cellId);
        if (decision.State.Cell(cellId) is not { } known || !decision.Presences.HasRunOut(lease))
            return new Done();
        if (decision.Presences.ChallengerOf(cellId) is { } successor)
        {
            decision.Presences.Renew(lease, TimeSpan.FromMilliseconds(successor.TtlMs));
            decision.State.Put(successor);
            decision.Emit(ClusterEvents.Appeared(successor.Presence));
            return new Done();
        }
        decision.State.DeleteCell(cellId);
        decision.Emit(ClusterEvents.Disappeared(known.Presence, withdrawn: false));
        Absence.Begin(decision, cellId, withdrawn: false);
        return new Done();
    }
}
