using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Cells that report their state but do not answer for work. Such a cell looks like the emptiest of all: it would win again the work that
/// it just failed to take, and everything after it. It is therefore quarantined, for twice as long each time until it answers once. No
/// clock and no I/O.
/// </summary>
/// <param name="least">The first duration.</param>
/// <param name="most">The longest duration; a cell without failures for twice as long starts again from the first.</param>
internal sealed class Quarantine(TimeSpan least, TimeSpan most)
{
    // A rep restart or a broken connection costs one call; the cell's next full state settles its outcome.
    private const int Forgiven = 1;

    private readonly Dictionary<CellId, Record> _records = [];
    private readonly Backoff _backoff = new(least, most);

    /// <summary>Cells in quarantine now.</summary>
    public int Count { get; private set; }

    public bool Holds(CellId cell) => _records.TryGetValue(cell, out var record) && record.Until is not null;

    /// <summary>The cell has not answered for work.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="heldUp">It also kept the work waiting; that is not forgiven even once.</param>
    /// <param name="now">Ticks.</param>
    /// <returns>Whether the cell should be quarantined and is not yet.</returns>
    public bool Fails(CellId cell, bool heldUp, long now)
    {
        if (!_records.TryGetValue(cell, out var record) || now - record.FailedAt > 2 * most.Ticks)
        {
            if (record?.Until is not null)
                return false;
            _records[cell] = record = new Record();
        }

        record.Failures++;
        record.FailedAt = now;
        return record.Until is null && (heldUp || record.Failures > Forgiven);
    }

    /// <summary>Quarantines the cell from now on.</summary>
    /// <returns>For how long.</returns>
    public TimeSpan Begin(CellId cell, long now)
    {
        var record = _records[cell];
        var time = _backoff.After(++record.Times);
        record.Until = now + time.Ticks;
        Count++;
        return time;
    }

    /// <summary>The cell has answered, is gone, or its stream is what is broken: forgets its failures.</summary>
    public void Forget(CellId cell)
    {
        if (_records.Remove(cell, out var record) && record.Until is not null)
            Count--;
    }

    /// <summary>Removes the cells whose time is over. Their failures are remembered until they answer.</summary>
    public IReadOnlyList<CellId> Release(long now)
    {
        if (Count == 0)
            return [];
        var released = new List<CellId>();
        foreach (var (cell, record) in _records)
        {
            if (record.Until is not { } until || until > now)
                continue;
            record.Until = null;
            released.Add(cell);
        }

        Count -= released.Count;
        return released;
    }

    private sealed class Record
    {
        /// <summary>Consecutive failures.</summary>
        public int Failures { get; set; }

        public long FailedAt { get; set; }

        /// <summary>How often it was quarantined since its last answer.</summary>
        public int Times { get; set; }

        /// <summary>Null if it is not quarantined.</summary>
        public long? Until { get; set; }
    }
}
