using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Scheduler.Hosting;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// A bounded lock-free channel with many writers and one reader. The framework's bounded channel takes a lock for each write and read, so a
/// writer that is preempted while holding it blocks the bidding loop.
/// </summary>
/// <remarks>
/// A linked list: writers exchange its tail, and only the reader moves its head. When it is full, TryWrite returns false and WriteAsync
/// waits until half of it is free again, so that waiting writers are not woken for every single slot. It was measured beside the
/// framework's channel: docs/decisions/0023-bidding-queue.md.
/// </remarks>
internal sealed class LockFreeChannel<T> : Channel<T>
{
    private readonly int _capacity;
    private Node _head = new();
    private Node _tail;
    private int _count;
    private volatile bool _isCompleted;
    private TaskCompletionSource? _waitingReader;
    private Waiter? _waitingWriters;

    public LockFreeChannel(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _tail = _head;
        Reader = new OneReader(this);
        Writer = new ManyWriters(this);
    }

    private bool TryWrite(T item)
    {
        if (_isCompleted)
            return false;
        if (Interlocked.Increment(ref _count) > _capacity)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        var node = new Node { Item = item };
        var before = Interlocked.Exchange(ref _tail, node);
        // An exchange, not a plain write: the item must be visible before the check for a waiting reader.
        Interlocked.Exchange(ref before.Next, node);
        WakeReader();
        return true;
    }

    private bool TryRead([MaybeNullWhen(false)] out T item)
    {
        if (Volatile.Read(ref _head.Next) is not { } next)
        {
            item = default;
            return false;
        }

        item = next.Item!;
        next.Item = default;
        _head = next;
        if (Interlocked.Decrement(ref _count) <= _capacity / 2)
            WakeWriters();
        return true;
    }

    private bool HasItem => Volatile.Read(ref _head.Next) is not null;

    private ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<bool>(cancellationToken);
        return HasItem ? new ValueTask<bool>(true) : new ValueTask<bool>(AwaitItemAsync(cancellationToken));
    }

    private async Task<bool> AwaitItemAsync(CancellationToken cancellationToken)
    {
        while (!HasItem)
        {
            var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waitingReader, signal);
            if (HasItem)
                break;
            if (_isCompleted)
                return HasItem;
            await Waits.EndAsync(signal.Task, cancellationToken);
        }

        return true;
    }

    private async Task<bool> AwaitRoomAsync(CancellationToken cancellationToken)
    {
        while (!_isCompleted)
        {
            if (Volatile.Read(ref _count) < _capacity)
                return true;
            var waiter = new Waiter();
            do waiter.Next = Volatile.Read(ref _waitingWriters);
            while (Interlocked.CompareExchange(ref _waitingWriters, waiter, waiter.Next) != waiter.Next);
            if (_isCompleted || Volatile.Read(ref _count) < _capacity)
                WakeWriters();
            await Waits.EndAsync(waiter.Signal.Task, cancellationToken);
        }

        return false;
    }

    private void WakeReader()
    {
        if (Volatile.Read(ref _waitingReader) is not null)
            Interlocked.Exchange(ref _waitingReader, null)?.TrySetResult();
    }

    private void WakeWriters()
    {
        if (Volatile.Read(ref _waitingWriters) is null)
            return;
        for (var waiter = Interlocked.Exchange(ref _waitingWriters, null); waiter is not null; waiter = waiter.Next)
            waiter.Signal.TrySetResult();
    }

    private bool TryComplete()
    {
        if (_isCompleted)
            return false;
        _isCompleted = true;
        Interlocked.MemoryBarrier();
        WakeReader();
        WakeWriters();
        return true;
    }

    private sealed class Node
    {
        public T? Item;
        public Node? Next;
    }

    private sealed class Waiter
    {
        public Waiter? Next;

        public TaskCompletionSource Signal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class OneReader(LockFreeChannel<T> channel) : ChannelReader<T>
    {
        public override bool CanCount => true;

        public override int Count => Math.Clamp(Volatile.Read(ref channel._count), 0, channel._capacity);

        public override bool TryRead([MaybeNullWhen(false)] out T item) => channel.TryRead(out item);

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
            channel.WaitToReadAsync(cancellationToken);
    }

    private sealed class ManyWriters(LockFreeChannel<T> channel) : ChannelWriter<T>
    {
        public override bool TryWrite(T item) => channel.TryWrite(item);

        public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) =>
            cancellationToken.IsCancellationRequested
                ? ValueTask.FromCanceled<bool>(cancellationToken)
                : new ValueTask<bool>(channel.AwaitRoomAsync(cancellationToken));

        public override bool TryComplete(Exception? error = null) => channel.TryComplete();
    }
}
