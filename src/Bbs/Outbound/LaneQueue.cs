using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Work in lanes: one piece of a lane at a time, lanes in turn, so that a lane that hangs holds up nobody but itself. A piece whose key
/// waits already is the same piece.
/// </summary>
internal sealed class LaneQueue<TItem>(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    // Holds each lane at most once, so it is bounded by the work that waits.
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>False when the queue is full.</summary>
    public bool TryAdd(string lane, string key, TItem item)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(lane, out var waiting))
            {
                if (_count >= capacity) return false;
                _lanes.Add(lane, waiting = new Lane());
                _ready.Writer.TryWrite(lane);
            }
            if (!waiting.Keys.Add(key)) return true;
            if (_count >= capacity)
            {
                waiting.Keys.Remove(key);
                return false;
            }
            waiting.Items.Enqueue((key, item));
            _count++;
            return true;
        }
    }

    /// <summary>Waits for a piece. Its lane is closed until <see cref="Done"/>.</summary>
    public async ValueTask<(string Lane, TItem Item)> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var lane = await _ready.Reader.ReadAsync(cancellationToken);
            if (TryTake(lane, out var item)) return (lane, item);
        }
    }

    public void Done(string lane)
    {
        lock (_lock)
        {
            if (_lanes[lane].Items.Count > 0) _ready.Writer.TryWrite(lane);
            else _lanes.Remove(lane);
        }
    }

    private bool TryTake(string lane, [MaybeNullWhen(false)] out TItem item)
    {
        lock (_lock)
        {
            var waiting = _lanes[lane];
            if (!waiting.Items.TryDequeue(out var first))
            {
                _lanes.Remove(lane);
                item = default;
                return false;
            }
            // From now on the same key is a new piece: what it is about may have changed after this one looked.
            waiting.Keys.Remove(first.Key);
            _count--;
            item = first.Item;
            return true;
        }
    }

    private sealed class Lane
    {
        public Queue<(string Key, TItem Item)> Items { get; } = new();

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }
}
