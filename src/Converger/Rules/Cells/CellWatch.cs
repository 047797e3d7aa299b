using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Cells;

/// <summary>
/// Decision of when an absent cell counts as lost. A single cell is lost at once. Many are given up one by one at a set rate, because then
/// the watcher is more likely to be blind than the cells dead. Some wait briefly, to see whether they become many. Time is an argument.
/// </summary>
internal sealed class CellWatch(CellLossPolicy policy)
{
    private sealed record Absence(DateTimeOffset Since, DateTimeOffset EarliestLoss);

    private readonly Dictionary<CellId, CellStanding> _standings = [];

    // Absent cells not given up, in the order in which they are given up.
    private readonly Dictionary<CellId, Absence> _unheard = [];

    // When recently given-up cells disappeared: they still count towards "many at once".
    private readonly Queue<DateTimeOffset> _recentLosses = new();

    private DateTimeOffset _graceUntil;
    private DateTimeOffset _noCellsSince;
    private DateTimeOffset _nextPaced;
    private int _present;

    public IReadOnlyDictionary<CellId, CellStanding> Standings => _standings;

    /// <summary>Whether losses are paced. Pacing lasts until no absent cell is undecided.</summary>
    public bool Paced { get; private set; }

    /// <summary>Until when no cell is given up; null when no cell waits for that. As of the last decision.</summary>
    public DateTimeOffset? HeldUntil { get; private set; }

    public LossMode Mode =>
        HeldUntil is not null ? LossMode.Held
        : Paced ? LossMode.Paced
        : LossMode.AtOnce;

    public int Present => _present;

    /// <summary>Number of cells that are absent and not given up.</summary>
    public int Unheard => _unheard.Count;

    /// <summary>How many of those an operator keeps. As of the last decision.</summary>
    public int Kept { get; private set; }

    /// <summary>Resets for a new snapshot: cells that it does not name are absent from now on, with a grace period.</summary>
    public void Reset(DateTimeOffset now)
    {
        _standings.Clear();
        _unheard.Clear();
        _recentLosses.Clear();
        Paced = false;
        HeldUntil = null;
        Kept = 0;
        _present = 0;
        _noCellsSince = now;
        _graceUntil = now + policy.Grace;
    }

    /// <summary>Records that the cell is present. Returns false if it already was.</summary>
    public bool Appeared(CellId cell)
    {
        if (Standing(cell) == CellStanding.Present)
            return false;
        _unheard.Remove(cell);
        _standings[cell] = CellStanding.Present;
        _present++;
        return true;
    }

    /// <summary>The cell's presence ended.</summary>
    /// <param name="withdrawn">It withdrew after a drain: lost at once, and not a sign of failure.</param>
    public void Disappeared(CellId cell, bool withdrawn, DateTimeOffset now)
    {
        if (Standing(cell) == CellStanding.Present && --_present == 0)
            _noCellsSince = now;
        if (withdrawn)
        {
            _unheard.Remove(cell);
            _standings[cell] = CellStanding.Lost;
            return;
        }
        if (_standings.TryGetValue(cell, out var standing) && standing != CellStanding.Present)
            return;
        _standings[cell] = CellStanding.Unheard;
        _unheard.TryAdd(cell, new Absence(now, now));
    }

    /// <summary>A row or task names this cell. A cell that never registered gets the grace period to do so.</summary>
    public void Named(CellId cell, DateTimeOffset now)
    {
        if (_standings.TryAdd(cell, CellStanding.Unheard))
            _unheard.Add(cell, new Absence(now, now + policy.Grace));
    }

    /// <summary>Nothing refers to this lost cell any more.</summary>
    public void Forget(CellId cell)
    {
        if (Standing(cell) == CellStanding.Lost)
            _standings.Remove(cell);
    }

    /// <summary>The cell was given up before the operator's keep arrived: it is undecided again.</summary>
    /// <returns>False if it was not given up.</returns>
    public bool Restore(CellId cell, DateTimeOffset now)
    {
        if (Standing(cell) != CellStanding.Lost)
            return false;
        _standings[cell] = CellStanding.Unheard;
        _unheard.Add(cell, new Absence(now, now));
        return true;
    }

    /// <summary>The cell was given up before this snapshot and has not returned: it is lost without waiting again.</summary>
    /// <returns>False if it is present or already given up.</returns>
    public bool WasLost(CellId cell)
    {
        if (Standing(cell) != CellStanding.Unheard)
            return false;
        _unheard.Remove(cell);
        _standings[cell] = CellStanding.Lost;
        return true;
    }

    /// <summary>Gives up the cells that are due and adds them to <paramref name="lost"/>.</summary>
    /// <param name="decisions">Operators' decisions; ignored for cells that are not absent.</param>
    /// <returns>When to decide again; null when time alone gives up no cell.</returns>
    public DateTimeOffset? Decide(DateTimeOffset now, IReadOnlyDictionary<CellId, CellLossDecision> decisions, ICollection<CellId> lost)
    {
        var undecided = Judge(now, decisions, lost, out var again);
        Kept = _unheard.Count - undecided.Count;
        HeldUntil = undecided.Count > 0 && HoldUntil(undecided, now) is var until && until > now ? until : null;
        if (HeldUntil is not null)
            return Earlier(again, HeldUntil);
        if (undecided.Count > 0)
            NotePace(now);
        var left = undecided.Count;
        foreach (var (cell, absence) in undecided)
        {
            var due = Paced && _nextPaced > absence.EarliestLoss ? _nextPaced : absence.EarliestLoss;
            if (due > now)
            {
                again = Earlier(again, due);
                continue;
            }
            GiveUp(cell, absence);
            lost.Add(cell);
            left--;
            if (Paced)
                _nextPaced = now + TimeSpan.FromSeconds(1 / policy.PacedCellsPerSecond);
        }
        if (left == 0)
            Paced = false;
        return again;
    }

    // An operator's decision takes precedence over every hold and over pacing. Gives up confirmed cells, skips kept ones, and returns the
    // others in the order in which they are given up.
    private List<KeyValuePair<CellId, Absence>> Judge(
        DateTimeOffset now,
        IReadOnlyDictionary<CellId, CellLossDecision> decisions,
        ICollection<CellId> lost,
        out DateTimeOffset? again
    )
    {
        again = null;
        var undecided = new List<KeyValuePair<CellId, Absence>>();
        if (_unheard.Count == 0)
            return undecided;
        foreach (
            var entry in _unheard.OrderBy(entry => entry.Value.Since).ThenBy(entry => entry.Key.Value, StringComparer.Ordinal).ToList()
        )
        {
            var decision = decisions.GetValueOrDefault(entry.Key, CellLossDecision.None);
            if (decision.Lose)
            {
                GiveUp(entry.Key, entry.Value);
                lost.Add(entry.Key);
            }
            else if (decision.KeepsAt(now))
            {
                again = Earlier(again, decision.KeepUntil);
            }
            else
            {
                undecided.Add(entry);
            }
        }
        return undecided;
    }

    private CellStanding Standing(CellId cell) => _standings.GetValueOrDefault(cell, CellStanding.Unheard);

    // Until when no cell is given up.
    private DateTimeOffset HoldUntil(List<KeyValuePair<CellId, Absence>> undecided, DateTimeOffset now) =>
        Later(SettledAt(undecided, now), _present > 0 ? _graceUntil : Later(_graceUntil, _noCellsSince + policy.HoldWithoutCells));

    // When it is known how many cells disappear together; at once when they are few or already too many. A cell that is kept, or has its
    // own grace period, may have been absent for long, so it does not show when the current losses began.
    private DateTimeOffset SettledAt(List<KeyValuePair<CellId, Absence>> undecided, DateTimeOffset now)
    {
        var due = undecided.Where(entry => entry.Value.EarliestLoss <= now).Select(entry => entry.Value.Since).ToList();
        if (Paced || due.Count == 0)
            return DateTimeOffset.MinValue;
        var gone = _unheard.Count + _recentLosses.Count(since => since + policy.Window > now);
        return gone < policy.SettleFromCells || IsMany(gone) ? DateTimeOffset.MinValue : due.Min() + policy.Settle;
    }

    private bool IsMany(int gone) => gone >= policy.PacedFromCells && gone > policy.PacedAboveShare * (_present + gone);

    private void NotePace(DateTimeOffset now)
    {
        if (Paced)
            return;
        while (_recentLosses.TryPeek(out var since) && since + policy.Window <= now)
            _recentLosses.Dequeue();
        var gone = _unheard.Count + _recentLosses.Count;
        if (!IsMany(gone))
            return;
        Paced = true;
        _nextPaced = now;
    }

    private void GiveUp(CellId cell, Absence absence)
    {
        _unheard.Remove(cell);
        _standings[cell] = CellStanding.Lost;
        _recentLosses.Enqueue(absence.Since);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
