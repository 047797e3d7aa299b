using Scheduler.Bbs.Events;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>An instance exited on its own.</summary>
internal sealed class CrashActualLrp(CrashActualLRPRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var key = request.ActualLrpKey;
        var instance = request.ActualLrpInstanceKey;
        var rows = decision.State.RowsOf(key.ProcessGuid);
        if (rows.Find(key.Index, LrpPresence.Suspect) is { } suspect && suspect.Is(instance))
        {
            // Its replacement is already under way.
            decision.Delete(suspect);
            return new Done();
        }

        var row = rows.Find(key.Index, LrpPresence.Ordinary);
        if (row is null)
            return Refusals.NoRow(key);
        return Crash.Apply(decision, row, instance, request.ErrorMessage, request.Permanent) is { } refusal ? refusal : new Done();
    }
}

/// <summary>The crash policy, applied whoever reports the crash.</summary>
internal static class Crash
{
    /// <summary>
    /// Counts the crash and either restarts the slot at once or leaves it CRASHED, for convergence to restart after its back-off. If the
    /// LRP is no longer desired, the slot is removed together with its last instance.
    /// </summary>
    public static DomainError? Apply(Decision decision, ActualLRP row, ActualLRPInstanceKey instance, string reason, bool permanent)
    {
        if (!ActualLrpRows.Allows(row, ActualLrpState.Crashed, instance))
            return Refusals.CannotBe(ErrorKind.ActualLrpCannotBeCrashed, row);

        var wasRunning = row.State == ActualLrpStateNames.Running;
        var count = RestartPolicy.NextCrashCount(row.CrashCount, wasRunning, UnixNanos.ToTime(row.Since), decision.Now, permanent);
        var crashed = ActualLrpRows.WithoutInstance(row, decision.NowNs);
        crashed.State = RestartPolicy.RestartsAtOnce(count) ? ActualLrpStateNames.Unclaimed : ActualLrpStateNames.Crashed;
        crashed.CrashCount = count;
        crashed.CrashReason = Text.Truncate(reason);
        decision.Emit(LrpEvents.Crashed(row, count, reason, decision.NowNs));
        if (decision.State.DesiredLrp(row.ActualLrpKey.ProcessGuid) is null)
            decision.Delete(row);
        else
            decision.Change(row, crashed);
        return null;
    }
}
