using Scheduler.Models;

namespace Scheduler.Converger.Rules;

/// <summary>
/// Decides when an absent cell counts as lost. A single one does at once; many at once are given up one by one at a set
/// rate, because then it is likelier that the watcher is blind than that the cells are dead. Time comes in as an argument.
/// </summary>
internal sealed class CellWatch(CellLossPolicy policy)
{
    private sealed record Absence(DateTimeOffset Since, DateTimeOffset EarliestLoss);

    private readonly Dictionary<CellId, CellStanding> _standings = [];

    // Absent and not given up, in the order in which they are given up.
    private readonly Dictionary<CellId, Absence> _unheard = [];

    // When the cells went that were given up lately: they still count as part of "many at once".
    private readonly Queue<DateTimeOffset> _recentLosses = new();

    private DateTimeOffset _graceUntil;
    private DateTimeOffset _noCellsSince;
    private DateTimeOffset _nextPaced;
    private int _present;

    public IReadOnlyDictionary<CellId, CellStanding> Standings => _standings;

    /// <summary>Whether losses are being paced. Once begun it lasts until no absent cell is left undecided.</summary>
    public bool Paced { get; private set; }

    public int Present => _present;

    public int Unheard => _unheard.Count;

    /// <summary>A new snapshot begins: what it does not name is absent from now, with grace.</summary>
    public void Reset(DateTimeOffset now)
    {
        _standings.Clear();
        _unheard.Clear();
        _recentLosses.Clear();
        Paced = false;
        _present = 0;
        _noCellsSince = now;
        _graceUntil = now + policy.Grace;
    }

    /// <summary>The cell is there. False when that is no news.</summary>
    public bool Appeared(CellId cell)
    {
        if (Standing(cell) == CellStanding.Present)
            return false;
        _unheard.Remove(cell);
        _standings[cell] = CellStanding.Present;
        _present++;
        EndPaceWhenDecided();
        return true;
    }

    /// <summary>The cell's presence ended.</summary>
    /// <param name="withdrawn">It went on purpose, emptied: lost at once and no sign of trouble.</param>
    public void Disappeared(CellId cell, bool withdrawn, DateTimeOffset now)
    {
        if (Standing(cell) == CellStanding.Present && --_present == 0)
            _noCellsSince = now;
        if (withdrawn)
        {
            _unheard.Remove(cell);
            _standings[cell] = CellStanding.Lost;
            EndPaceWhenDecided();
            return;
        }
        if (_standings.TryGetValue(cell, out var standing) && standing != CellStanding.Present)
            return;
        _standings[cell] = CellStanding.Unheard;
        _unheard.TryAdd(cell, new Absence(now, now));
    }

    /// <summary>A row or task names this cell. One that nobody announced has the grace to do so.</summary>
    public void Named(CellId cell, DateTimeOffset now)
    {
        if (_standings.TryAdd(cell, CellStanding.Unheard))
            _unheard.Add(cell, new Absence(now, now + policy.Grace));
    }

    /// <summary>Nothing names this lost cell any more.</summary>
    public void Forget(CellId cell)
    {
        if (Standing(cell) == CellStanding.Lost)
            _standings.Remove(cell);
    }

    /// <summary>Gives up the cells whose time has come and adds them to <paramref name="lost"/>.</summary>
    /// <returns>When to ask again; null when no absent cell is undecided.</returns>
    public DateTimeOffset? Decide(DateTimeOffset now, ICollection<CellId> lost)
    {
        if (_unheard.Count == 0)
            return null;
        if (HoldUntil() is var until && until > now)
            return until;
        NotePace(now);
        DateTimeOffset? again = null;
        foreach (var (cell, absence) in _unheard.OrderBy(entry => entry.Value.Since).ThenBy(entry => entry.Key.Value, StringComparer.Ordinal).ToList())
        {
            var due = Paced && _nextPaced > absence.EarliestLoss ? _nextPaced : absence.EarliestLoss;
            if (due > now)
            {
                if (again is not { } earlier || due < earlier)
                    again = due;
                continue;
            }
            GiveUp(cell, absence, now);
            lost.Add(cell);
        }
        EndPaceWhenDecided();
        return again;
    }

    private CellStanding Standing(CellId cell) => _standings.GetValueOrDefault(cell, CellStanding.Unheard);

    // Until when nothing at all is given up.
    private DateTimeOffset HoldUntil() =>
        _present > 0 ? _graceUntil : Later(_graceUntil, _noCellsSince + policy.HoldWithoutCells);

    private void NotePace(DateTimeOffset now)
    {
        if (Paced)
            return;
        while (_recentLosses.TryPeek(out var since) && since + policy.Window <= now)
            _recentLosses.Dequeue();
        var gone = _unheard.Count + _recentLosses.Count;
        if (gone < policy.PacedFromCells || gone <= policy.PacedAboveShare * (_present + gone))
            return;
        Paced = true;
        _nextPaced = now;
    }

    private void GiveUp(CellId cell, Absence absence, DateTimeOffset now)
    {
        _unheard.Remove(cell);
        _standings[cell] = CellStanding.Lost;
        _recentLosses.Enqueue(absence.Since);
        if (Paced)
            _nextPaced = now + TimeSpan.FromSeconds(1 / policy.PacedCellsPerSecond);
    }

    private void EndPaceWhenDecided()
    {
        if (_unheard.Count == 0)
            Paced = false;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
