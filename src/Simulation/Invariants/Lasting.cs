namespace Scheduler.Simulation.Invariants;

/// <summary>Tracks since when conditions have held without interruption, to check time bounds on repairs.</summary>
internal sealed class Lasting<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, TimeSpan> _since = [];

    public bool IsEmpty => _since.Count == 0;

    /// <summary>Records the conditions that hold now and drops the others.</summary>
    /// <returns>
    /// The conditions that have held for longer than <paramref name="limit"/>, in the given order; each is reported once per such period.
    /// </returns>
    public List<TKey> Exceeding(TimeSpan limit, TimeSpan now, IReadOnlyCollection<TKey> holding)
    {
        var still = holding.ToHashSet();
        foreach (var over in _since.Keys.Where(key => !still.Contains(key)).ToList())
            _since.Remove(over);
        var exceeding = new List<TKey>();
        foreach (var key in holding)
        {
            if (_since.TryAdd(key, now) || now - _since[key] <= limit)
                continue;
            exceeding.Add(key);
            _since[key] = now;
        }

        return exceeding;
    }
}
