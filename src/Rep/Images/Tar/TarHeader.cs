namespace Scheduler.Rep.Images.Tar;

/// <summary>One raw header block; extended headers override its values.</summary>
internal readonly record struct TarHeader(
    byte[] Name,
    byte[] LinkName,
    long Mode,
    long User,
    long Group,
    long Size,
    long Modified,
    byte Type
)
{
    public const int BlockSize = 512;

    public static bool IsEmpty(ReadOnlySpan<byte> block) => block.IndexOfAnyExcept((byte)0) < 0;

    /// <exception cref="TarFormatException">The checksum is wrong, or a number is malformed.</exception>
    public static TarHeader Parse(ReadOnlySpan<byte> block)
    {
        CheckSum(block);
        var name = TarField.Text(block[..100]).ToArray();
        var prefix = Prefix(block);
        if (!prefix.IsEmpty)
            name = [.. prefix, (byte)'/', .. name];
        return new TarHeader(
            name,
            TarField.Text(block.Slice(157, 100)).ToArray(),
            TarField.Number(block.Slice(100, 8), "mode"),
            TarField.Number(block.Slice(108, 8), "uid"),
            TarField.Number(block.Slice(116, 8), "gid"),
            TarField.Number(block.Slice(124, 12), "size"),
            TarField.Number(block.Slice(136, 12), "mtime"),
            block[156]
        );
    }

    /// <summary>POSIX has the first part of a long name here, star a shorter one, and GNU tar other data.</summary>
    private static ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> block)
    {
        if (!block.Slice(257, 6).SequenceEqual("ustar\0"u8))
            return [];
        return TarField.Text(block.Slice(345, block[508..].SequenceEqual("tar\0"u8) ? 131 : 155));
    }

    /// <summary>Computed over the block with spaces in place of the sum. Some old programs treated bytes as signed.</summary>
    private static void CheckSum(ReadOnlySpan<byte> block)
    {
        long unsigned = 8 * ' ',
            signed = unsigned;
        for (var i = 0; i < BlockSize; i++)
        {
            if (i is >= 148 and < 156)
                continue;
            unsigned += block[i];
            signed += (sbyte)block[i];
        }

        var told = TarField.Number(block.Slice(148, 8), "checksum");
        if (told != unsigned && told != signed)
            throw new TarFormatException("it has a header whose checksum is wrong");
    }
}
