using System.Numerics;

namespace Scheduler.Auctioneer.Auction.Tables;

/// <summary>
/// Index from a guid's hash to the numbers of the processes that may have it. Open addressing with eight bytes per entry, so that a lookup
/// costs one cache line. The caller compares the guid itself.
/// </summary>
internal sealed class ProcessIndex
{
    private Entry[] _entries;
    private int _count;

    public ProcessIndex(int processes) => _entries = new Entry[BitOperations.RoundUpToPowerOf2((uint)Math.Max(processes, 8) * 2)];

    private ProcessIndex(ProcessIndex other)
    {
        _entries = (Entry[])other._entries.Clone();
        _count = other._count;
    }

    public ProcessIndex Clone() => new(this);

    /// <summary>Where to start looking for the hash; call <see cref="Next"/> from there until it returns −1.</summary>
    public int First(int hash) => (int)((uint)hash * 0x9E3779B1u) & (_entries.Length - 1);

    /// <summary>The next process with this hash from the position on; advances the position past it. −1 if there is none.</summary>
    public int Next(int hash, ref int position)
    {
        while (_entries[position] is var entry && entry.Process != 0)
        {
            position = (position + 1) & (_entries.Length - 1);
            if (entry.Hash == hash)
                return entry.Process - 1;
        }

        return -1;
    }

    public void Add(int hash, int process)
    {
        if ((_count + 1) * 4 > _entries.Length * 3)
            Grow();
        Insert(new Entry { Hash = hash, Process = process + 1 });
        _count++;
    }

    public void Remove(int hash, int process)
    {
        var mask = _entries.Length - 1;
        var gap = First(hash);
        while (_entries[gap].Process != process + 1)
            gap = (gap + 1) & mask;
        // Close the gap to avoid tombstones.
        for (var i = (gap + 1) & mask; _entries[i].Process != 0; i = (i + 1) & mask)
        {
            if (((i - First(_entries[i].Hash)) & mask) < ((i - gap) & mask))
                continue;
            _entries[gap] = _entries[i];
            gap = i;
        }

        _entries[gap] = default;
        _count--;
    }

    private void Insert(Entry entry)
    {
        var position = First(entry.Hash);
        while (_entries[position].Process != 0)
            position = (position + 1) & (_entries.Length - 1);
        _entries[position] = entry;
    }

    private void Grow()
    {
        var before = _entries;
        _entries = new Entry[before.Length * 2];
        foreach (var entry in before)
            if (entry.Process != 0)
                Insert(entry);
    }

    /// <summary>The process is stored plus one, so that zeroed memory is empty.</summary>
    private struct Entry
    {
        public int Hash;
        public int Process;
    }
}
