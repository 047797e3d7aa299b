using Scheduler.Bbs.Events;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Cells;

/// <summary>
/// Keeps a row for each absent cell that still owns work: since when it is absent, whether it was given up, and what an operator decided.
/// Each decision drops the rows of cells that own nothing any more. The converger decides which cell to give up and when.
/// </summary>
internal static class Absence
{
    /// <summary>The presence ended in this commit.</summary>
    /// <param name="withdrawn">The cell withdrew itself, so whatever it left behind is lost without further waiting.</param>
    public static void Begin(Decision decision, string cellId, bool withdrawn)
    {
        if (!decision.State.Owns(cellId))
            return;
        var absent = new AbsentCell { CellId = cellId, Since = decision.NowNs };
        Put(decision, withdrawn ? Lost(absent, decision.NowNs) : absent);
    }

    /// <summary>The cell is back: decisions about its absence no longer apply.</summary>
    public static void End(Decision decision, string cellId)
    {
        if (decision.State.AbsentCell(cellId) is { } absent)
            decision.EndAbsence(absent, returned: true);
    }

    /// <summary>
    /// The cell's absence, even if its start was never observed: work may name a cell that was never announced. Null when the cell is
    /// present or owns nothing.
    /// </summary>
    public static AbsentCell? Find(WorkingState state, string cellId) =>
        state.AbsentCell(cellId) ?? (state.Cell(cellId) is null && state.Owns(cellId) ? new AbsentCell { CellId = cellId } : null);

    /// <summary>Every absence, by cell id.</summary>
    public static IEnumerable<AbsentCell> All(WorkingState state) =>
        from cellId in new SortedSet<string>(state.NamedCells, StringComparer.Ordinal)
        let absent = Find(state, cellId)
        where absent is not null
        select absent;

    public static void Put(Decision decision, AbsentCell absent)
    {
        // The start of the absence was not observed, so it counts from now.
        if (absent.Since == 0)
            absent.Since = decision.NowNs;
        decision.State.Put(absent);
        decision.Emit(ClusterEvents.Absent(absent));
    }

    public static AbsentCell Lost(AbsentCell absent, long nowNs)
    {
        var lost = absent.Clone();
        lost.Standing = AbsentCell.Types.Standing.Lost;
        lost.LostAt = nowNs;
        return lost;
    }

    /// <summary>Whether an operator's order to keep the cell is in force at this time.</summary>
    public static bool IsKeptAt(this AbsentCell absent, long nowNs) =>
        absent.Verdict == AbsentCell.Types.Verdict.Keep && absent.KeepUntil > nowNs;
}
