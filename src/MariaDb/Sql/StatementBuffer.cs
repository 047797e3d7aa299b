using System.Buffers;
using System.Globalization;
using System.Text;

namespace Scheduler.MariaDb.Sql;

/// <summary>The bytes of a statement as they grow, in an array rented from the shared pool.</summary>
internal sealed class StatementBuffer : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(1024);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public Span<byte> WrittenFrom(int start) => _bytes.AsSpan(start, Length - start);

    /// <summary>Room for at least <paramref name="size"/> more bytes; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_bytes.Length - Length < size) Grow(size);
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    /// <summary>One byte as it is. Named apart, because a number of type byte is written as digits.</summary>
    public void AppendRaw(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    /// <summary>Appends text as UTF-8.</summary>
    /// <exception cref="EncoderFallbackException">The text has half of a surrogate pair: it is no Unicode text.</exception>
    public void Append(ReadOnlySpan<char> text)
    {
        // The upper bound is three times the length: right to assume for the many short pieces, wasteful for a long one.
        var size = text.Length < 1024 ? StrictUtf8.Encoding.GetMaxByteCount(text.Length) : StrictUtf8.Encoding.GetByteCount(text);
        var room = Reserve(size);
        Length += StrictUtf8.Encoding.GetBytes(text, room);
    }

    public void Append<T>(T value, ReadOnlySpan<char> format = default)
        where T : IUtf8SpanFormattable
    {
        // 64 bytes hold every number and date in the formats in use.
        if (!value.TryFormat(Reserve(64), out var count, format, CultureInfo.InvariantCulture))
            throw new InvalidOperationException($"A {typeof(T)} does not fit 64 characters.");
        Length += count;
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(Length + size, (int)Math.Min(_bytes.Length * 2L, Array.MaxLength))));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
