using System.Buffers;
using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>An encoding applied to whole messages.</summary>
internal sealed class Compressor(ICompressionProvider provider, CompressionLevel? level)
{
    public string EncodingName => provider.EncodingName;

    public void Compress(ReadOnlySpan<byte> payload, PooledBuffer target)
    {
        using var stream = provider.CreateCompressionStream(new BufferStream(target), level);
        stream.Write(payload);
    }

    /// <exception cref="RpcException">Internal: not in this encoding; ResourceExhausted: longer than allowed, found before more than that is held.</exception>
    public void Decompress(in ReadOnlySequence<byte> payload, PooledBuffer target, int? maxLength)
    {
        var length = (int)payload.Length;
        var array = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(array);
            using var stream = provider.CreateDecompressionStream(new MemoryStream(array, 0, length, writable: false));
            while (true)
            {
                var read = stream.Read(target.GetSpan(4096));
                if (read == 0)
                    return;
                target.Advance(read);
                if (target.Length > maxLength)
                    throw Failure.TooLong("Received", target.Length, maxLength.Value);
            }
        }
        catch (InvalidDataException e)
        {
            throw Failure.Internal($"A message is not in the encoding {provider.EncodingName} that it was sent with.", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private sealed class BufferStream(PooledBuffer target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
