using System.Collections.Immutable;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>One table while a batch is decided: reads see its own changes, which are recorded for the commit.</summary>
internal sealed class WorkingTable<TRow>(ImmutableSortedDictionary<string, TRow> before)
    where TRow : class
{
    // Most batches leave most tables unchanged, so the builder is created on the first change.
    private ImmutableSortedDictionary<string, TRow>.Builder? _after;
    private readonly Dictionary<string, TRow?> _changes = new(StringComparer.Ordinal);

    public bool IsEmpty => _after is null ? before.IsEmpty : _after.Count == 0;

    public int ChangeCount => _changes.Count;

    public TRow? Find(string key)
    {
        if (_after is null)
            return before.GetValueOrDefault(key);
        return _after.TryGetValue(key, out var row) ? row : null;
    }

    public IEnumerable<TRow> All => _after is null ? before.Values : _after.Values;

    public void Put(string key, TRow row)
    {
        _after ??= before.ToBuilder();
        _after[key] = row;
        _changes[key] = row;
    }

    public void Delete(string key)
    {
        _after ??= before.ToBuilder();
        _after.Remove(key);
        _changes[key] = null;
    }

    public ImmutableSortedDictionary<string, TRow> ToImmutable() => _after is null ? before : _after.ToImmutable();

    public RowChanges<string, TRow> Changes() => Coalesced.From(_changes);
}

internal static class Coalesced
{
    public static RowChanges<TKey, TRow> From<TKey, TRow>(Dictionary<TKey, TRow?> changes)
        where TKey : notnull
        where TRow : class
    {
        if (changes.Count == 0)
            return RowChanges<TKey, TRow>.None;
        var upserts = new List<TRow>(changes.Count);
        var deletes = new List<TKey>();
        foreach (var (key, row) in changes)
        {
            if (row is null)
                deletes.Add(key);
            else
                upserts.Add(row);
        }
        return new RowChanges<TKey, TRow>(upserts, deletes);
    }
}
