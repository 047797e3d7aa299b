using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// A queue with lanes: at most one item of a lane is processed at a time, and lanes take turns, so that a lane that hangs delays only
/// itself. An item whose key is already waiting is not added again.
/// </summary>
internal sealed class LaneQueue<TItem>(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    // Holds each lane at most once, so the number of waiting items bounds it.
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Returns false when the queue is full.</summary>
    public bool TryAdd(string lane, string key, TItem item)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(lane, out var waiting))
            {
                if (_count >= capacity)
                    return false;
                _lanes.Add(lane, waiting = new Lane());
                _ready.Writer.TryWrite(lane);
            }
            if (!waiting.Keys.Add(key))
                return true;
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

    /// <summary>Waits for an item. Its lane stays closed until <see cref="Done"/>.</summary>
    public async ValueTask<(string Lane, TItem Item)> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var lane = await _ready.Reader.ReadAsync(cancellationToken);
            if (TryTake(lane, out var item))
                return (lane, item);
        }
    }

    public void Done(string lane)
    {
        lock (_lock)
        {
            if (_lanes[lane].Items.Count > 0)
                _ready.Writer.TryWrite(lane);
            else
                _lanes.Remove(lane);
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
            // From now on, the same key is a new item: its subject may change after this item has read the state.
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
