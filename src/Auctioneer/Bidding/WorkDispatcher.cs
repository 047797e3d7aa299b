using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Dispatcher of won work to its cells, at a rate that a machine can keep up with. It delays no decision and changes no score: the
/// resources are reserved, and a cell counts its waiting work as starting. Work that waits for one cell is handed over in turn, process by
/// process, first starts before restarts after a crash. No clock and no I/O.
/// </summary>
/// <param name="limit">Null for none: everything is handed over at once.</param>
internal sealed class WorkDispatcher(StartLimit? limit)
{
    /// <summary>Waiting work is sent in a few larger calls rather than one call per start.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<CellId, Cell> _cells = [];
    private readonly List<Cell> _ready = [];
    private readonly PriorityQueue<Cell, long> _due = new();
    private readonly List<CellId> _leaving = [];

    /// <summary>Pieces of work that wait for their turn.</summary>
    public int Waiting { get; private set; }

    /// <summary>The cell has won the work. The next <see cref="Collect"/> hands it over if the rate allows.</summary>
    public void Add(InFlightWork work)
    {
        if (!_cells.TryGetValue(work.Cell, out var cell))
            _cells[work.Cell] = cell = new Cell(work.Cell);
        cell.Won.Add(work);
        Waiting++;
        MakeReady(cell);
    }

    /// <summary>The work is no longer in flight; if it was handed over, the cell may have another.</summary>
    public void Settle(InFlightWork work)
    {
        if (work.IsSettled)
            return;
        work.IsSettled = true;
        if (work.SentAt is null)
        {
            // It stays in the cell's queue and is skipped when its turn comes.
            Waiting--;
            return;
        }

        if (!_cells.TryGetValue(work.Cell, out var cell))
            return;
        cell.Unanswered--;
        if (cell.Queue.Count > 0)
            MakeReady(cell);
    }

    /// <summary>
    /// The cell is gone, and all its work was settled. Its recent starts are remembered while they matter, in case it returns.
    /// </summary>
    public void Leave(CellId id)
    {
        if (!_cells.TryGetValue(id, out var cell))
            return;
        cell.Won.Clear();
        cell.Queue = new();
        _leaving.Add(id);
    }

    /// <summary>Forgets cells that are gone once they could be given a whole burst again.</summary>
    public void Purge(long now) =>
        _leaving.RemoveAll(id =>
        {
            if (!_cells.TryGetValue(id, out var cell) || cell.IsBusy)
                return true;
            return cell.Pace.IsFull(now) && _cells.Remove(id);
        });

    /// <summary>How many starts wait for their turn at the cell, including those settled meanwhile.</summary>
    public int WaitingAt(CellId id) => _cells.TryGetValue(id, out var cell) ? cell.Won.Count + cell.Queue.Count : 0;

    /// <summary>Takes out the work that may be handed over now.</summary>
    /// <param name="now">Ticks; see <see cref="StartPace"/>.</param>
    /// <param name="handOver">Called once for each cell that gets work; it may keep the list.</param>
    /// <returns>When more may be handed over if nothing else happens; null if no work waits for time to pass.</returns>
    public long? Collect(long now, Action<CellId, List<InFlightWork>> handOver)
    {
        while (_due.TryPeek(out var next, out var at) && at <= now)
        {
            _due.Dequeue();
            next.IsTimed = false;
            MakeReady(next);
        }

        foreach (var cell in _ready)
        {
            cell.IsReady = false;
            var batch = TakeFrom(cell, now);
            Waiting -= batch.Count;
            if (batch.Count > 0)
                handOver(cell.Id, batch);
            if (limit is { } pace && cell.Queue.Count > 0 && cell.Unanswered < pace.Burst && !cell.IsTimed)
            {
                cell.IsTimed = true;
                var chunk = Math.Clamp(pace.Within(Beat), 1, Math.Min(cell.Queue.Count, pace.Burst));
                _due.Enqueue(cell, cell.Pace.ReadyAt(pace, chunk));
            }
        }

        _ready.Clear();
        return _due.TryPeek(out _, out var due) ? due : null;
    }

    private List<InFlightWork> TakeFrom(Cell cell, long now)
    {
        // Never more than a burst unanswered: a cell that is slow to answer must not find hundreds of starts when it recovers.
        var allowed = limit is { } pace ? Math.Min(cell.Pace.Available(pace, now), pace.Burst - cell.Unanswered) : int.MaxValue;
        List<InFlightWork> batch;
        if (cell.Queue.Count == 0 && cell.Won.Count <= allowed)
        {
            batch = cell.Won;
            batch.RemoveAll(static work => work.IsSettled);
            cell.Won = [];
        }
        else
        {
            foreach (var work in cell.Won)
                cell.Queue.Add(work.Work.Guid, work.Work.IsRestart, work);
            cell.Won.Clear();
            batch = [];
            while (batch.Count < allowed && cell.Queue.TryTake(out var next))
                if (!next.IsSettled)
                    batch.Add(next);
        }

        cell.Unanswered += batch.Count;
        if (limit is { } spent)
            cell.Pace.Take(spent, now, batch.Count);
        return batch;
    }

    private void MakeReady(Cell cell)
    {
        if (cell.IsReady)
            return;
        cell.IsReady = true;
        _ready.Add(cell);
    }

    private sealed class Cell(CellId id)
    {
        public StartPace Pace;

        public CellId Id { get; } = id;

        /// <summary>What it has won since the last collection, in the auction's order.</summary>
        public List<InFlightWork> Won { get; set; } = [];

        public FairQueue<InFlightWork> Queue { get; set; } = new();

        /// <summary>Handed over but not settled.</summary>
        public int Unanswered { get; set; }

        public bool IsReady { get; set; }

        public bool IsTimed { get; set; }

        public bool IsBusy => Won.Count > 0 || Queue.Count > 0 || Unanswered > 0;
    }
}
