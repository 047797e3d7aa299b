using System.Diagnostics.CodeAnalysis;

namespace Scheduler.Models;

/// <summary>
/// A queue with one lane per owner. Lanes take turns, one item each, so that a lane with thousands of items delays another by one item
/// instead of thousands. Items that repeat earlier work wait separately: they get one turn in <see cref="TurnsPerRepeat"/> while others
/// wait too, and all turns otherwise. A lane is first in, first out.
/// </summary>
/// <remarks>
/// <summary>
/// With n lanes of first items and r of repeated ones, the next item of any lane is among the next 5⁄4·n or 5·r items taken, whatever the
/// others do. Not thread-safe.
/// </summary>
/// </remarks>
public sealed class FairQueue<T>
{
    /// <summary>
    /// High enough that a crash loop costs the others only a fifth, low enough that work that crashed once restarts soon.
    /// </summary>
    public const int TurnsPerRepeat = 5;

    private readonly Ring _first = new();
    private readonly Ring _repeated = new();
    private int _turn;

    public int Count => _first.Count + _repeated.Count;

    /// <param name="lane">Owner of the item, such as a process guid.</param>
    /// <param name="repeats">Whether it repeats earlier work, such as a start after a crash.</param>
    public void Add(string lane, bool repeats, T item) => (repeats ? _repeated : _first).Add(lane, item);

    /// <summary>False if the queue is empty.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (_repeated.Count == 0)
            return _first.TryTake(out item);
        if (_first.Count == 0)
            return _repeated.TryTake(out item);
        // Counted only while both wait, so that a quiet time accumulates no turns.
        _turn = _turn + 1 == TurnsPerRepeat ? 0 : _turn + 1;
        return (_turn == 0 ? _repeated : _first).TryTake(out item);
    }

    private sealed class Ring
    {
        // On a quiet system lanes come and go with each piece of work, so some empty ones are kept for reuse.
        private const int MaxSpareLanes = 256;

        private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
        private readonly Queue<Lane> _turns = new();
        private readonly Stack<Lane> _spare = new();

        public int Count { get; private set; }

        public void Add(string name, T item)
        {
            if (!_lanes.TryGetValue(name, out var lane))
            {
                if (!_spare.TryPop(out lane))
                    lane = new Lane();
                lane.Name = name;
                _lanes.Add(name, lane);
                _turns.Enqueue(lane);
            }

            lane.Items.Enqueue(item);
            Count++;
        }

        public bool TryTake([MaybeNullWhen(false)] out T item)
        {
            if (!_turns.TryDequeue(out var lane))
            {
                item = default;
                return false;
            }

            item = lane.Items.Dequeue();
            Count--;
            if (lane.Items.Count > 0)
            {
                _turns.Enqueue(lane);
                return true;
            }

            _lanes.Remove(lane.Name);
            lane.Name = "";
            if (_spare.Count < MaxSpareLanes)
                _spare.Push(lane);
            return true;
        }
    }

    private sealed class Lane
    {
        public string Name { get; set; } = "";

        public Queue<T> Items { get; } = new();
    }
}
