using System.Buffers;

namespace Scheduler.Tests.Unit.Grpc;

/// <summary>Bytes as they come in from a network: in pieces.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    public static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, int size)
    {
        var first = new Segments { Memory = bytes[..Math.Min(size, bytes.Length)] };
        var last = first;
        for (var at = first.Memory.Length; at < bytes.Length; at += size)
        {
            var next = new Segments { Memory = bytes.Slice(at, Math.Min(size, bytes.Length - at)), RunningIndex = at };
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
