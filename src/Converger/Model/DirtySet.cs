namespace Scheduler.Converger.Model;

/// <summary>
/// Things to decide on, each at most once. A set keeps the room that its largest content took, and emptying it costs as
/// much as that room; after a snapshot of a million that would be paid with every event, so it is given back.
/// </summary>
internal sealed class DirtySet<T>
    where T : notnull
{
    // Clearing this much room takes about a microsecond.
    private const int Kept = 4096;

    private readonly HashSet<T> _items = [];

    public int Count => _items.Count;

    public void Add(T item) => _items.Add(item);

    public void UnionWith(HashSet<T> items) => _items.UnionWith(items);

    /// <summary>Moves up to so many into a list that is empty.</summary>
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
