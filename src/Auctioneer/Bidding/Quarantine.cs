using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Cells that tell their state and do not answer for work. Such a cell stays the emptiest of all: it would win again what it has just failed
/// to take, and everything that comes after it. So it is left out for a while, for twice as long each time until it answers once.
/// No clock and no I/O.
/// </summary>
/// <param name="least">How long the first time lasts.</param>
/// <param name="most">The longest; a cell that has failed nothing for twice as long begins anew.</param>
internal sealed class Quarantine(TimeSpan least, TimeSpan most)
{
    // A rep that is started anew, or a connection that breaks, costs one call; the cell's next whole state settles what became of it.
    private const int Forgiven = 1;

    private readonly Dictionary<CellId, Record> _records = [];
    private readonly Backoff _backoff = new(least, most);

    /// <summary>Cells that are left out now.</summary>
    public int Count { get; private set; }

    public bool Holds(CellId cell) => _records.TryGetValue(cell, out var record) && record.Until is not null;

    /// <summary>The cell has not answered for work.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="heldUp">It kept the work waiting besides: that is not forgiven once.</param>
    /// <param name="now">Ticks.</param>
    /// <returns>Whether it should be left out, and is not yet.</returns>
    public bool Fails(CellId cell, bool heldUp, long now)
    {
        if (!_records.TryGetValue(cell, out var record) || now - record.FailedAt > 2 * most.Ticks)
        {
            if (record?.Until is not null) return false;
            _records[cell] = record = new Record();
        }

        record.Failures++;
        record.FailedAt = now;
        return record.Until is null && (heldUp || record.Failures > Forgiven);
    }

    /// <summary>Leaves it out from now on.</summary>
    /// <returns>For how long.</returns>
    public TimeSpan Begin(CellId cell, long now)
    {
        var record = _records[cell];
        var time = _backoff.After(++record.Times);
        record.Until = now + time.Ticks;
        Count++;
        return time;
    }

    /// <summary>It has answered, or it is gone, or its stream is what is broken: nothing is held against it any more.</summary>
    public void Forget(CellId cell)
    {
        if (_records.Remove(cell, out var record) && record.Until is not null) Count--;
    }

    /// <summary>Takes out the cells whose time is over. What they did is remembered until they answer.</summary>
    public IReadOnlyList<CellId> Release(long now)
    {
        if (Count == 0) return [];
        var released = new List<CellId>();
        foreach (var (cell, record) in _records)
        {
            if (record.Until is not { } until || until > now) continue;
            record.Until = null;
            released.Add(cell);
        }

        Count -= released.Count;
        return released;
    }

    private sealed class Record
    {
        /// <summary>In a row.</summary>
        public int Failures { get; set; }

        public long FailedAt { get; set; }

        /// <summary>How often it was left out since it answered last.</summary>
        public int Times { get; set; }

        /// <summary>Null while it is not left out.</summary>
        public long? Until { get; set; }
    }
}
