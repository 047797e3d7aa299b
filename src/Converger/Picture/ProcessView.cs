using Scheduler.Converger.Rules;
using Scheduler.Models;

namespace Scheduler.Converger.Picture;

/// <summary>One process as the picture holds it: what is desired, and the rows of its slots in order of index.</summary>
internal sealed class ProcessView(string processGuid)
{
    private readonly record struct Rows(int Index, ActualSeen? Ordinary, ActualSeen? Evacuating, ActualSeen? Suspect)
    {
        public bool IsEmpty => Ordinary is null && Evacuating is null && Suspect is null;
    }

    // Sorted; indices are dense from 0 as a rule, so position = index is tried before a search.
    private Rows[] _slots = [];
    private int _count;

    public DesiredSeen? Desired { get; set; }

    public bool IsEmpty => Desired is null && _count == 0;

    public SlotSeen Slot(int index)
    {
        var at = Find(index);
        var rows = at >= 0 ? _slots[at] : default;
        return new SlotSeen(new LrpKey(processGuid, index), Desired, rows.Ordinary, rows.Evacuating, rows.Suspect);
    }

    /// <summary>Puts a row in its place, or clears the place.</summary>
    /// <returns>The row that was there.</returns>
    public ActualSeen? Set(int index, LrpPresence presence, ActualSeen? row)
    {
        var at = Find(index);
        if (at < 0)
        {
            if (row is null)
                return null;
            at = Insert(~at, index);
        }
        ref var rows = ref _slots[at];
        ActualSeen? before;
        (before, rows) = presence switch
        {
            LrpPresence.Ordinary => (rows.Ordinary, rows with { Ordinary = row }),
            LrpPresence.Evacuating => (rows.Evacuating, rows with { Evacuating = row }),
            LrpPresence.Suspect => (rows.Suspect, rows with { Suspect = row }),
        };
        if (rows.IsEmpty)
            RemoveAt(at);
        return before;
    }

    /// <summary>Every index that is wanted or has a row, in order.</summary>
    public IEnumerable<int> Indices()
    {
        var instances = Desired?.Instances ?? 0;
        var next = 0;
        for (var at = 0; at < _count; at++)
        {
            var index = _slots[at].Index;
            while (next < instances && next < index)
                yield return next++;
            yield return index;
            if (index == next)
                next++;
        }
        while (next < instances)
            yield return next++;
    }

    private int Find(int index)
    {
        if ((uint)index < (uint)_count && _slots[index].Index == index)
            return index;
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = _slots[middle].Index;
            if (found == index)
                return middle;
            if (found < index)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }

    private int Insert(int at, int index)
    {
        if (_count == _slots.Length)
            Array.Resize(ref _slots, Math.Max(1, _count * 2));
        Array.Copy(_slots, at, _slots, at + 1, _count - at);
        _slots[at] = new Rows(index, null, null, null);
        _count++;
        return at;
    }

    private void RemoveAt(int at)
    {
        _count--;
        Array.Copy(_slots, at + 1, _slots, at, _count - at);
        _slots[_count] = default;
    }
}
