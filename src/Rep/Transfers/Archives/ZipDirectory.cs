using System.Buffers.Binary;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>
/// Measures the directory at the end of a zip archive. Readers hold all of it in memory, and an archive of a few gigabytes can be nothing
/// but directory.
/// </summary>
internal static class ZipDirectory
{
    /// <summary>The directory of 100,000 files with long names has about 12 MB. In memory it takes several times as much.</summary>
    public const long Largest = 16 << 20;

    private const int EndLength = 22;
    private const int LocatorLength = 20;
    private const int LongestComment = 65_535;
    private const uint EndSignature = 0x0605_4b50;
    private const uint LocatorSignature = 0x0706_4b50;

    /// <summary>Bytes from the start of the directory to its end record; null if there is no end record.</summary>
    public static long? SizeOf(Stream archive)
    {
        var tail = new byte[(int)Math.Min(archive.Length, EndLength + LongestComment + LocatorLength)];
        archive.Seek(-tail.Length, SeekOrigin.End);
        archive.ReadExactly(tail);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature)
                continue;
            var position = archive.Length - tail.Length + at;
            long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            if (start == uint.MaxValue && Large(archive, tail, at) is { } large)
                start = large;
            return position - start;
        }

        return null;
    }

    /// <summary>The start of the directory as the end record of large archives has it; null if there is none.</summary>
    private static long? Large(Stream archive, byte[] tail, int at)
    {
        if (at < LocatorLength || BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at - LocatorLength)) != LocatorSignature)
            return null;
        var record = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(at - LocatorLength + 8));
        if (record < 0 || record > archive.Length - 56)
            return null;
        var head = new byte[56];
        archive.Seek(record, SeekOrigin.Begin);
        archive.ReadExactly(head);
        return BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(48));
    }
}
