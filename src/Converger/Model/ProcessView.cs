using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>One process in the model: its desired LRP, and the rows of its slots ordered by index.</summary>
internal sealed class ProcessView(string processGuid)
{
    // Empty entries are kept up to this many, or up to half of all. Otherwise rows removed one by one from the front would each move all
    // the others.
    private const int EmptyKept = 8;

    private readonly record struct Rows(int Index, ActualView? Ordinary, ActualView? Evacuating, ActualView? Suspect)
    {
        public bool IsEmpty => Ordinary is null && Evacuating is null && Suspect is null;
    }

    // Sorted. Indices are usually dense from 0, so position = index is tried before a search.
    private Rows[] _slots = [];
    private int _count;
    private int _empty;

    public string ProcessGuid => processGuid;

    public DesiredView? Desired { get; set; }

    public bool IsEmpty => Desired is null && _count == _empty;

    public SlotView Slot(int index)
    {
        var at = Find(index);
        return at >= 0 ? View(_slots[at]) : Missing(index);
    }

    /// <summary>Stores a row, or clears its place.</summary>
    /// <returns>The previous row.</returns>
    public ActualView? Set(int index, LrpPresence presence, ActualView? row)
    {
        var at = Find(index);
        if (at < 0)
        {
            if (row is null)
                return null;
            at = Insert(~at, index);
        }
        ref var rows = ref _slots[at];
        var wasEmpty = rows.IsEmpty;
        ActualView? before;
        (before, rows) = presence switch
        {
            LrpPresence.Ordinary => (rows.Ordinary, rows with { Ordinary = row }),
            LrpPresence.Evacuating => (rows.Evacuating, rows with { Evacuating = row }),
            LrpPresence.Suspect => (rows.Suspect, rows with { Suspect = row }),
        };
        _empty += (rows.IsEmpty ? 1 : 0) - (wasEmpty ? 1 : 0);
        if (_empty > EmptyKept && _empty > _count / 2)
            Compact();
        return before;
    }

    /// <summary>Every slot that is wanted or has a row, ordered by index. The rows must not change during enumeration.</summary>
    public SlotEnumerator GetEnumerator() => From(int.MinValue).GetEnumerator();

    /// <summary>The same slots, from this index on.</summary>
    public SlotsFrom From(int index) => new(this, index);

    private SlotView Missing(int index) => new(new LrpKey(processGuid, index), Desired, null, null, null);

    private SlotView View(in Rows rows) => new(new LrpKey(processGuid, rows.Index), Desired, rows.Ordinary, rows.Evacuating, rows.Suspect);

    private int Find(int index)
    {
        if ((uint)index < (uint)_count && _slots[index].Index == index)
            return index;
        int low = 0,
            high = _count - 1;
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
            Array.Resize(ref _slots, Grown());
        Array.Copy(_slots, at, _slots, at + 1, _count - at);
        _slots[at] = new Rows(index, null, null, null);
        _count++;
        _empty++;
        return at;
    }

    // Doubles, but stays within the desired count while that suffices: most processes stay at their count.
    private int Grown()
    {
        var doubled = Math.Max(1, _count * 2);
        return Desired?.Instances is { } desired && desired > _count ? Math.Min(doubled, desired) : doubled;
    }

    private void Compact()
    {
        var kept = 0;
        for (var at = 0; at < _count; at++)
        {
            if (!_slots[at].IsEmpty)
                _slots[kept++] = _slots[at];
        }
        Array.Clear(_slots, kept, _count - kept);
        (_count, _empty) = (kept, 0);
    }

    internal readonly struct SlotsFrom(ProcessView process, int index)
    {
        public SlotEnumerator GetEnumerator() => new(process, index);
    }

    /// <summary>
    /// Merged enumeration of the wanted indices and those that have rows. A struct, because an audit enumerates all processes.
    /// </summary>
    internal struct SlotEnumerator
    {
        private readonly ProcessView _process;
        private readonly int _wanted;
        private int _at;
        private int _next;

        public SlotEnumerator(ProcessView process, int from)
        {
            _process = process;
            _wanted = Math.Max(0, process.Desired?.Instances ?? 0);
            _next = Math.Max(0, from);
            var at = from == int.MinValue ? 0 : process.Find(from);
            _at = at < 0 ? ~at : at;
        }

        public SlotView Current { get; private set; }

        public bool MoveNext()
        {
            while (_at < _process._count)
            {
                ref readonly var rows = ref _process._slots[_at];
                if (_next < _wanted && _next < rows.Index)
                {
                    Current = _process.Missing(_next++);
                    return true;
                }
                _at++;
                if (rows.Index == _next)
                    _next++;
                if (rows.IsEmpty && (rows.Index < 0 || rows.Index >= _wanted))
                    continue;
                Current = _process.View(rows);
                return true;
            }
            if (_next >= _wanted)
                return false;
            Current = _process.Missing(_next++);
            return true;
        }
    }
}
