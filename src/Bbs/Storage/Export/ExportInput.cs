using System.Security.Cryptography;

namespace Scheduler.Bbs.Storage.Export;

/// <summary>Reads the messages of an export through one buffer, which grows to the size of the largest message.</summary>
internal sealed class ExportInput(Stream from) : IDisposable
{
    private const int FirstBuffer = 64 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;

    /// <summary>Number of bytes that were taken.</summary>
    public long Position { get; private set; }

    /// <summary>The next bytes, valid until the next call; null when the stream ends before.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> TakeAsync(int count, CancellationToken cancellationToken) =>
        await HasAsync(count, cancellationToken) ? Take(count) : null;

    /// <summary>The next message with the length before it, valid until the next call.</summary>
    /// <exception cref="DomainException">There is no whole message.</exception>
    public async ValueTask<ExportFrame> NextAsync(CancellationToken cancellationToken)
    {
        var prefix = 0;
        ulong length = 0;
        byte last;
        do
        {
            // Five bytes hold more than any allowed length.
            if (prefix == 5 || !await HasAsync(prefix + 1, cancellationToken))
                throw Cut();
            last = _buffer[_start + prefix];
            length |= (ulong)(last & 0x7f) << (7 * prefix++);
        } while (last >= 0x80);

        if (length > ExportFormat.MaxMessageBytes)
            throw ExportErrors.Damaged($"a row at byte {Position} claims to have {length} bytes");
        var size = prefix + (int)length;
        if (!await HasAsync(size, cancellationToken))
            throw Cut();
        return new ExportFrame(Take(size), prefix);
    }

    public async ValueTask<bool> IsAtEndAsync(CancellationToken cancellationToken) => !await HasAsync(1, cancellationToken);

    /// <summary>Adds bytes to the checksum.</summary>
    public void Count(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The checksum of all counted bytes.</summary>
    public byte[] Checksum() => _hash.GetCurrentHash();

    public void Dispose() => _hash.Dispose();

    private ReadOnlyMemory<byte> Take(int count)
    {
        var taken = _buffer.AsMemory(_start, count);
        _start += count;
        Position += count;
        return taken;
    }

    private async ValueTask<bool> HasAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            if (_start + count > _buffer.Length)
                MakeRoom(count);
            // A pipe's reads cannot be cancelled; the wait for them can.
            var read = await from.ReadAsync(_buffer.AsMemory(_end), CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            if (read == 0)
                return false;
            _end += read;
        }
        return true;
    }

    private void MakeRoom(int count)
    {
        var grown = count > _buffer.Length ? new byte[Math.Max(count, 2 * _buffer.Length)] : _buffer;
        Buffer.BlockCopy(_buffer, _start, grown, 0, _end - _start);
        (_buffer, _end, _start) = (grown, _end - _start, 0);
    }

    private DomainException Cut() => ExportErrors.Damaged($"it breaks off after {Position + _end - _start} bytes");
}

/// <summary>A message as read.</summary>
/// <param name="Bytes">The length, then the message.</param>
/// <param name="Prefix">How many of the bytes are the length.</param>
internal readonly record struct ExportFrame(ReadOnlyMemory<byte> Bytes, int Prefix)
{
    public ReadOnlySpan<byte> Message => Bytes.Span[Prefix..];
}
