using System.Security.Cryptography;

namespace Scheduler.Rep.Images.Content;

/// <summary>
/// Reads a stream and computes its SHA-256; never returns more bytes than expected. Used twice for a layer: on the stored blob, and on
/// the decompressed data.
/// </summary>
/// <param name="expected">The expected digest and size; null: the reader verifies the content in another way.</param>
internal sealed class VerifiedStream(Stream inner, string name, long maxBytes, OciDescriptor? expected = null) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Take(buffer[..read]);
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default)
    {
        var read = await inner.ReadAsync(buffer, cancellation);
        Take(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellation) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellation).AsTask();

    /// <summary>Reads the rest and returns the digest of everything, as <c>sha256:…</c>, and the number of bytes.</summary>
    public async Task<(string Digest, long Length)> FinishAsync(CancellationToken cancellation)
    {
        var rest = new byte[64 << 10];
        while (await ReadAsync(rest.AsMemory(), cancellation) > 0)
        {
            // only for the digest
        }

        return ("sha256:" + Convert.ToHexStringLower(_hash.GetHashAndReset()), _read);
    }

    /// <summary>Reads the rest and compares all of it with what was expected.</summary>
    /// <exception cref="Models.DomainException">The content does not match.</exception>
    public async Task ProveAsync(CancellationToken cancellation)
    {
        var (digest, length) = await FinishAsync(cancellation);
        if (expected is null)
            return;
        if (length != expected.Size)
            throw ImageError.Bad($"{name} has {length} bytes, but its descriptor says {expected.Size}");
        if (digest != expected.Digest)
            throw ImageError.Bad($"{name} does not match its digest: the digest of its content is {digest}");
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        _read += bytes.Length;
        if (_read > maxBytes)
            throw ImageError.Bad($"{name} is larger than {maxBytes} bytes");
        _hash.AppendData(bytes);
    }
}
