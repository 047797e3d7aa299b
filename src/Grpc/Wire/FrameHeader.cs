using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>What stands before every message: one octet that says whether it is compressed, four with its length.</summary>
internal static class FrameHeader
{
    /// <summary>In bytes.</summary>
    public const int Size = 5;

    public static void Write(IBufferWriter<byte> target, bool compressed, int length)
    {
        var header = target.GetSpan(Size);
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)length);
        target.Advance(Size);
    }

    /// <summary>Takes the next message off the front of a buffer; false: not all of it is there.</summary>
    /// <param name="buffer">What has arrived; moved past the message that was taken.</param>
    /// <param name="maxLength">The longest message taken, in bytes; null: any.</param>
    /// <param name="compressed">Whether the message is compressed.</param>
    /// <param name="payload">The message; valid as long as the buffer is.</param>
    /// <exception cref="RpcException">Internal: no such header; ResourceExhausted: a longer message than allowed.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, int? maxLength, out bool compressed, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        if (!TryRead(buffer, maxLength, out compressed, out var length) || buffer.Length - Size < length)
            return false;
        payload = buffer.Slice(Size, length);
        buffer = buffer.Slice(payload.End);
        return true;
    }

    /// <summary>Reads the header at the front of a buffer; false: not all of it is there.</summary>
    /// <inheritdoc cref="TryTake"/>
    public static bool TryRead(in ReadOnlySequence<byte> buffer, int? maxLength, out bool compressed, out int length)
    {
        compressed = false;
        length = 0;
        if (buffer.Length < Size)
            return false;
        Span<byte> copy = stackalloc byte[Size];
        scoped ReadOnlySpan<byte> header = buffer.FirstSpan;
        if (header.Length < Size)
        {
            buffer.Slice(0, Size).CopyTo(copy);
            header = copy;
        }

        if (header[0] > 1)
            throw Failure.Internal($"A message starts with {header[0]}; only 0 (not compressed) and 1 (compressed) are defined.");
        compressed = header[0] == 1;
        var declared = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (declared > (maxLength ?? Array.MaxLength))
            throw Failure.TooLong("Received", declared, maxLength ?? Array.MaxLength);
        length = (int)declared;
        return true;
    }
}
