using System.Buffers;

namespace Grpc.Wire;

/// <summary>A growing array from the pool. Dispose gives it back; what was read from it is void then.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int MinimumSize = 256;
    private byte[] _array;
    private int _written;

    public PooledBuffer(int capacity = MinimumSize) => _array = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, MinimumSize));

    public int Length => _written;

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, _written);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _written);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(_written);
    }

    public void Clear() => _written = 0;

    /// <summary>Makes room for that many bytes after what is written.</summary>
    public void Reserve(int size)
    {
        size = Math.Max(size, 1);
        if (_array.Length - _written >= size)
            return;
        var wanted = Math.Max((long)_written + size, Math.Min(2L * _array.Length, Array.MaxLength));
        if (wanted > Array.MaxLength)
            throw new OutOfMemoryException($"A buffer of {wanted} bytes is longer than an array can be.");
        var larger = ArrayPool<byte>.Shared.Rent((int)wanted);
        _array.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }

    public void Dispose()
    {
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        _array = [];
        _written = 0;
    }
}
