namespace Scheduler.MariaDb.Rows;

/// <summary>Reads a cell in pieces, out of the row where it lies. It ends with the row: after the reader has moved on it fails.</summary>
internal sealed class CellStream : Stream
{
    private readonly MariaDbDataReader _reader;
    private readonly int _column;
    private readonly long _row;
    private int _position;

    public CellStream(MariaDbDataReader reader, int column)
    {
        _reader = reader;
        _column = column;
        _row = reader.RowNumber;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => Cell.Length;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    private ReadOnlySpan<byte> Cell => _reader.RowNumber == _row
        ? _reader.Cell(_column)
        : throw new ObjectDisposedException(nameof(CellStream), "The reader has left the row that the stream belongs to.");

    public override int Read(Span<byte> buffer)
    {
        var left = Cell[_position..];
        var count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Read(buffer.Span));
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        if (target < 0 || target > Length) throw new ArgumentOutOfRangeException(nameof(offset));
        _position = (int)target;
        return target;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
