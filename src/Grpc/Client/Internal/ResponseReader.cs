using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>Takes messages out of a response stream. Reads what is there, so small messages share a read.</summary>
internal sealed class ResponseReader(Stream stream, string? encoding)
{
    private const int InitialSize = 4096;

    // A stream that waits for its next message does not keep the array of a long one.
    private const int LargestKept = 64 * 1024;

    // As much as is rented on the word of a header alone; beyond it, the array grows with what has arrived.
    private const int LargestTrusted = 1024 * 1024;

    private byte[] _array = [];
    private int _start;
    private int _end;
    private int _state;

    /// <summary>The next message; null at the end of the stream. One at a time.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T?> ReadAsync<T>(Marshaller<T> marshaller, CompressionProviders providers, int? maxLength, CancellationToken cancellationToken)
        where T : class
    {
        if (Interlocked.CompareExchange(ref _state, 1, 0) == 1)
            throw new InvalidOperationException("Can't read the next message because the previous read is still in progress.");
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Take(marshaller, providers, maxLength, out var missing) is { } message)
                    return message;
                MakeRoom(missing);
                var read = await stream.ReadAsync(_array.AsMemory(_end), cancellationToken);
                _end += read;
                if (read == 0)
                    return _start == _end ? null : throw Failure.Truncated();
            }
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _state, 0, 1) == 2)
                GiveBack();
        }
    }

    /// <summary>The array goes back, at once or after the read that goes on.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _state, 2) == 0)
            GiveBack();
    }

    private T? Take<T>(Marshaller<T> marshaller, CompressionProviders providers, int? maxLength, out int missing)
        where T : class
    {
        missing = 1;
        var buffer = new ReadOnlySequence<byte>(_array, _start, _end - _start);
        if (!FrameHeader.TryTake(ref buffer, maxLength, out var compressed, out var payload))
        {
            if (FrameHeader.TryRead(buffer, maxLength, out _, out var length))
                missing = FrameHeader.Size + length - (int)buffer.Length;
            return null;
        }

        var message = MessageParser.Parse(marshaller, payload, compressed, encoding, providers, maxLength);
        _start = _end - (int)buffer.Length;
        if (_start == _end)
        {
            _start = _end = 0;
            if (_array.Length > LargestKept)
                GiveBack();
        }

        return message;
    }

    private void MakeRoom(int missing)
    {
        if (_array.Length > _end && (_array.Length - _end >= missing || _start == 0))
            return;
        var held = _end - _start;
        var wanted = Math.Max(InitialSize, held + Math.Min(missing, Math.Max(LargestTrusted, held)));
        var target = wanted <= _array.Length ? _array : ArrayPool<byte>.Shared.Rent(wanted);
        _array.AsSpan(_start, held).CopyTo(target);
        if (target != _array && _array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        (_array, _start, _end) = (target, 0, held);
    }

    private void GiveBack()
    {
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        (_array, _start, _end) = ([], 0, 0);
    }
}
