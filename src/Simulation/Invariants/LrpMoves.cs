namespace Scheduler.Simulation.Invariants;

/// <summary>
/// Legal transitions of an actual LRP's row according to the contract. Deliberately independent of the product's table: an error there
/// would agree with itself.
/// </summary>
internal static class LrpMoves
{
    private const int RestartsAtOnceBelow = 3;
    private const int GivesUpAt = 200;
    private const long ResetAfterNs = 5 * 60 * 1_000_000_000L;

    /// <summary>One transition, for any presence.</summary>
    public static bool Allows(string from, string to, bool sameInstance) =>
        (from, to) switch
        {
            // A waiting slot records why no cell was found.
            (ActualLrpStateNames.Unclaimed, ActualLrpStateNames.Unclaimed or ActualLrpStateNames.Claimed or ActualLrpStateNames.Running) =>
                true,
            // An instance that runs wins over one that has only claimed the slot.
            (ActualLrpStateNames.Claimed, ActualLrpStateNames.Unclaimed or ActualLrpStateNames.Running or ActualLrpStateNames.Crashed) =>
                true,
            (ActualLrpStateNames.Running, ActualLrpStateNames.Unclaimed or ActualLrpStateNames.Crashed) => true,
            (ActualLrpStateNames.Running, ActualLrpStateNames.Claimed or ActualLrpStateNames.Running) => sameInstance,
            (ActualLrpStateNames.Crashed, ActualLrpStateNames.Unclaimed) => true,
            _ => false,
        };

    /// <summary>An EVACUATING row never gets another presence, and reports of a SUSPECT instance change nothing.</summary>
    public static bool Allows(ActualLRP.Types.Presence from, ActualLRP.Types.Presence to) =>
        (from, to) switch
        {
            (ActualLRP.Types.Presence.Ordinary, _) => true,
            (ActualLRP.Types.Presence.Suspect, ActualLRP.Types.Presence.Ordinary or ActualLRP.Types.Presence.Evacuating) => true,
            (ActualLRP.Types.Presence.Evacuating, ActualLRP.Types.Presence.Evacuating) => true,
            _ => false,
        };

    /// <summary>What is wrong with a written row, or null.</summary>
    /// <param name="before">The row in the previous commit; null for a new row.</param>
    public static string? Wrong(ActualLRP? before, ActualLRP after)
    {
        if (Malformed(after) is { } malformed)
            return malformed;
        var index = after.ModificationTag.Index;
        if (before is null)
            return WrongFromStart(after, index);
        if (index < before.ModificationTag.Index)
            return "has an earlier modification tag than before";
        return (index - before.ModificationTag.Index) switch
        {
            0 => IsSame(before, after) ? null : "changed without a new modification tag",
            _ when !Allows(before.Presence, after.Presence) => "changed its presence illegally",
            1 => WrongStep(before, after),
            // A commit may hold several commands and so several transitions of a row: any state can follow any other in two or three.
            var steps => WrongCount(before, after, steps),
        };
    }

    private static string? Malformed(ActualLRP row)
    {
        var (instance, net) = (row.ActualLrpInstanceKey, row.ActualLrpNetInfo);
        var names = instance is not null && (instance.InstanceGuid.Length > 0 || instance.CellId.Length > 0);
        var whole = names && instance!.InstanceGuid.Length > 0 && instance.CellId.Length > 0;
        var reachable = net is not null && net.Address.Length > 0;
        if (row.PlacementError.Length > 0 && row.State != ActualLrpStateNames.Unclaimed)
            return "has a placement error and a cell";
        return row.State switch
        {
            ActualLrpStateNames.Unclaimed or ActualLrpStateNames.Crashed when names || reachable =>
                "names an instance or address while it has no container",
            ActualLrpStateNames.Unclaimed or ActualLrpStateNames.Crashed when row.Presence != ActualLRP.Types.Presence.Ordinary =>
                "is UNCLAIMED or CRASHED with a presence other than ORDINARY",
            ActualLrpStateNames.Unclaimed => null,
            ActualLrpStateNames.Crashed => row.CrashCount < RestartsAtOnceBelow
                ? "is CRASHED although its crash count requires an immediate restart"
                : null,
            _ when !whole => "lacks the instance GUID or the cell",
            ActualLrpStateNames.Claimed when reachable => "is CLAIMED and has an address",
            ActualLrpStateNames.Claimed => row.Presence == ActualLRP.Types.Presence.Evacuating ? "is EVACUATING and does not run" : null,
            ActualLrpStateNames.Running => reachable ? null : "is RUNNING and has no address",
            _ => "has an unknown state",
        };
    }

    private static string? WrongFromStart(ActualLRP row, ulong index)
    {
        if (row.CrashCount > (long)index + (index == 0 ? 0 : RestartsAtOnceBelow - 1))
            return "is new and has a crash count";
        if (index > 0)
            return null;
        if (row.PlacementError.Length > 0)
            return "is new and has a placement error";
        return row.State is ActualLrpStateNames.Unclaimed or ActualLrpStateNames.Running
            ? null
            : "is new and neither UNCLAIMED nor RUNNING";
    }

    // A crash caused by the work itself counts as all the crashes that restart at once.
    private static bool Counts(ActualLRP before, ActualLRP after) =>
        AfterCrash(before, after) is var count && (after.CrashCount == count || after.CrashCount == Math.Max(count, RestartsAtOnceBelow));

    private static string? WrongStep(ActualLRP before, ActualLRP after)
    {
        if (!Allows(before.State, after.State, SameInstance(before, after)))
            return "made an illegal transition";
        if (after.State == ActualLrpStateNames.Crashed)
            return Counts(before, after) ? null : "crashed with a wrong crash count";
        if (after.State == ActualLrpStateNames.Unclaimed && IsWrongSlot(before, after) is { } wrong)
            return wrong;
        if (after.CrashCount == before.CrashCount)
            return null;
        var crashed =
            after.State == ActualLrpStateNames.Unclaimed && before.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running;
        if (!crashed || after.CrashCount != AfterCrash(before, after))
            return "changed its crash count without a crash";
        return after.CrashCount < RestartsAtOnceBelow ? null : "restarted at once although it had to back off";
    }

    private static string? IsWrongSlot(ActualLRP before, ActualLRP after) =>
        before.State switch
        {
            ActualLrpStateNames.Unclaimed => after.PlacementError.Length > 0 ? null : "became UNCLAIMED again without a placement error",
            _ when after.PlacementError.Length > 0 => "has a placement error before its first auction",
            ActualLrpStateNames.Crashed => before.CrashCount < GivesUpAt ? null : "restarted after its last permitted crash",
            _ => null,
        };

    private static string? WrongCount(ActualLRP before, ActualLRP after, ulong steps)
    {
        if (after.CrashCount - Math.Max(before.CrashCount, RestartsAtOnceBelow - 1) > (long)steps)
            return "has more new crashes than transitions";
        return after.CrashCount < before.CrashCount && (after.CrashCount == 0 || after.Since - before.Since <= ResetAfterNs)
            ? "lowered its crash count"
            : null;
    }

    // After a long run, a crash counts as the first one.
    private static int AfterCrash(ActualLRP before, ActualLRP after) =>
        before.State == ActualLrpStateNames.Running && after.Since - before.Since > ResetAfterNs ? 1 : before.CrashCount + 1;

    private static bool SameInstance(ActualLRP before, ActualLRP after) =>
        before.ActualLrpInstanceKey.InstanceGuid == after.ActualLrpInstanceKey.InstanceGuid
        && before.ActualLrpInstanceKey.CellId == after.ActualLrpInstanceKey.CellId;

    // A change of only the presence leaves the tag and everything else unchanged.
    private static bool IsSame(ActualLRP before, ActualLRP after)
    {
        if (before.Presence == after.Presence)
            return before.Equals(after);
        if (!Allows(before.Presence, after.Presence) || after.Presence == ActualLRP.Types.Presence.Evacuating)
            return false;
        var renamed = before.Clone();
        renamed.Presence = after.Presence;
        return renamed.Equals(after);
    }
}
