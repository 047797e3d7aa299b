namespace Scheduler.Converger.Model;

/// <summary>Due times, earliest first, with at most one per key.</summary>
internal sealed class DueTimes<TKey>
    where TKey : notnull
{
    // Superseded entries stay in the queue until they reach its head or outnumber the others.
    private const int Slack = 1024;

    private readonly Dictionary<TKey, DateTimeOffset> _due = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> _queue = new();

    public int Count => _due.Count;

    public DateTimeOffset? Next
    {
        get
        {
            while (_queue.TryPeek(out var key, out var due))
            {
                if (IsCurrent(key, due))
                    return due;
                _queue.Dequeue();
            }
            return null;
        }
    }

    public void Set(TKey key, DateTimeOffset? due)
    {
        if (due is not { } time)
        {
            if (_due.Count > 0)
                _due.Remove(key);
            return;
        }
        if (IsCurrent(key, time))
            return;
        _due[key] = time;
        _queue.Enqueue(key, time);
        if (_queue.Count > 2 * _due.Count + Slack)
            Compact();
    }

    /// <summary>Moves the keys that are due into <paramref name="into"/>.</summary>
    public void TakeDue(DateTimeOffset now, DirtySet<TKey> into)
    {
        while (_queue.TryPeek(out var key, out var due) && due <= now)
        {
            _queue.Dequeue();
            if (IsCurrent(key, due) && _due.Remove(key))
                into.Add(key);
        }
    }

    public void Clear()
    {
        _due.Clear();
        _queue.Clear();
    }

    private bool IsCurrent(TKey key, DateTimeOffset due) => _due.TryGetValue(key, out var current) && current == due;

    private void Compact()
    {
        _queue.Clear();
        foreach (var (key, due) in _due)
            _queue.Enqueue(key, due);
    }
}
