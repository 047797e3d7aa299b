namespace Scheduler.Converger.Model;

/// <summary>
/// Set of items to decide on. A hash set keeps the capacity of its largest content, and clearing it costs as much as that capacity. After a
/// snapshot of a million items every event would pay that cost, so this set releases the capacity.
/// </summary>
internal sealed class DirtySet<T>
    where T : notnull
{
    // Clearing this capacity takes about a microsecond.
    private const int Kept = 4096;

    private readonly HashSet<T> _items = [];

    public int Count => _items.Count;

    public void Add(T item) => _items.Add(item);

    public void UnionWith(HashSet<T> items) => _items.UnionWith(items);

    /// <summary>Moves up to <paramref name="limit"/> items into an empty list.</summary>
    public void Take(int limit, List<T> into)
    {
        if (limit >= _items.Count)
        {
            into.AddRange(_items);
            Clear();
            return;
        }
        foreach (var item in _items)
        {
            if (into.Count >= limit)
                break;
            into.Add(item);
        }
        foreach (var item in into)
            _items.Remove(item);
    }

    public void Clear()
    {
        _items.Clear();
        if (_items.EnsureCapacity(0) > Kept)
            _items.TrimExcess();
    }
}
