using System.Buffers.Binary;

namespace Scheduler.Simulation.Machines;

/// <summary>Generates guids that differ from those of every other source and are equal in each run.</summary>
internal sealed class GuidSource
{
    private readonly ulong _owner;
    private ulong _count;

    public GuidSource(string owner)
    {
        _owner = 0xCBF29CE484222325;
        foreach (var letter in owner)
            _owner = (_owner ^ letter) * 0x100000001B3;
    }

    public Guid Next()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ++_count);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], _owner);
        return new Guid(bytes);
    }
}
