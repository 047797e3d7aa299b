namespace Scheduler.Simulation.Invariants;

/// <summary>State machines make only legal transitions in the database: each row of a commit is checked against its predecessor.</summary>
internal sealed class Moves(Action<string, string> violated)
{
    public const string Rule = "state machines make only legal transitions";

    public void Committed(Commit commit)
    {
        foreach (var change in commit.Actual)
        {
            if (change.After is not { } after || LrpMoves.Wrong(Origin(commit, change), after) is not { } wrong)
                continue;
            violated(
                Rule,
                $"commit {commit.Revision}: {after.ActualLrpKey.ProcessGuid}/{after.ActualLrpKey.Index} {wrong}: {Text(Origin(commit, change))} -> {Text(after)}"
            );
        }

        foreach (var (before, after) in commit.Tasks)
        {
            if (TaskMoves.Wrong(before, after) is { } wrong)
                violated(
                    Rule,
                    $"commit {commit.Revision}: task {(after ?? before)!.TaskGuid} {wrong}: {before?.State.ToString() ?? "-"} -> {after?.State.ToString() ?? "-"}"
                );
        }
    }

    /// <summary>The predecessor of this row before the commit, possibly under another presence. Null for a new row.</summary>
    private static ActualLRP? Origin(Commit commit, RowChange<ActualLRP> change)
    {
        var after = change.After!;
        if (change.Before is { } before && before.ModificationTag.Epoch == after.ModificationTag.Epoch)
            return before;
        // The tag distinguishes new slots, of which a commit may hold thousands, from SUSPECT rows that became ORDINARY again.
        if (after is { State: ActualLrpStateNames.Unclaimed, ModificationTag.Index: 0 })
            return null;
        foreach (var (other, _) in commit.Actual)
        {
            // Rows created by one command may share their epoch.
            if (
                other is not null
                && other.ModificationTag.Epoch == after.ModificationTag.Epoch
                && other.ActualLrpKey.Equals(after.ActualLrpKey)
            )
                return other;
        }

        return null;
    }

    private static string Text(ActualLRP? row) =>
        row is null
            ? "-"
            : $"{row.Presence} {row.State} {ClusterTruth.InstanceOf(row)} tag={row.ModificationTag.Index} crashes={row.CrashCount}";
}
