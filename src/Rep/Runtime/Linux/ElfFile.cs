namespace Scheduler.Rep.Runtime.Linux;

internal static class ElfFile
{
    private const uint ProgramInterpreter = 3;

    /// <summary>True for a 64-bit program without an interpreter: one that runs without any libraries.</summary>
    public static bool IsStatic(string path)
    {
        using var file = File.OpenRead(path);
        var header = new byte[64];
        if (file.ReadAtLeast(header, 64, throwOnEndOfStream: false) < 64 || !header.AsSpan(0, 5).SequenceEqual("\u007fELF\u0002"u8))
            return false;

        file.Position = BitConverter.ToInt64(header, 32);
        var entry = new byte[BitConverter.ToUInt16(header, 54)];
        for (var count = BitConverter.ToUInt16(header, 56); count > 0; count--)
        {
            file.ReadExactly(entry);
            if (BitConverter.ToUInt32(entry) == ProgramInterpreter)
                return false;
        }

        return true;
    }
}
