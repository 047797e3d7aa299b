namespace Scheduler.Simulation.Invariants;

/// <summary>Which conditions have held without a break, and since when: what a bound on repairs is measured by.</summary>
internal sealed class Lasting<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, TimeSpan> _since = [];

    public bool IsEmpty => _since.Count == 0;

    /// <summary>Takes in what holds now and forgets the rest.</summary>
    /// <returns>What has held for longer than <paramref name="limit"/>, in the order given; told once per stretch of that length.</returns>
    public List<TKey> Exceeding(TimeSpan limit, TimeSpan now, IReadOnlyCollection<TKey> holding)
    {
        var still = holding.ToHashSet();
        foreach (var over in _since.Keys.Where(key => !still.Contains(key)).ToList()) _since.Remove(over);
        var exceeding = new List<TKey>();
        foreach (var key in holding)
        {
            if (_since.TryAdd(key, now) || now - _since[key] <= limit) continue;
            exceeding.Add(key);
            _since[key] = now;
        }

        return exceeding;
    }
}
