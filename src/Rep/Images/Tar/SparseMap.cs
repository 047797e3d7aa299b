namespace Scheduler.Rep.Images.Tar;

/// <summary>A stored piece of a sparse file.</summary>
internal readonly record struct Extent(long Offset, long Length);

/// <summary>Positions of the stored bytes of a sparse file, in GNU tar's own format and its three formats in extended headers.</summary>
internal static class SparseMap
{
    /// <summary>16 MB of map. Any tool stores a file with more pieces in full.</summary>
    public const int MostExtents = 1_000_000;

    /// <exception cref="TarFormatException">The numbers do not describe a file of that size with that many stored bytes.</exception>
    public static IReadOnlyList<Extent> Check(IReadOnlyList<long> pairs, long size, long stored)
    {
        if (pairs.Count % 2 != 0 || pairs.Count / 2 > MostExtents)
            throw new TarFormatException("a sparse map is not complete");
        var extents = new List<Extent>(pairs.Count / 2);
        long end = 0,
            sum = 0;
        for (var i = 0; i < pairs.Count; i += 2)
        {
            var (offset, length) = (pairs[i], pairs[i + 1]);
            if (offset < end || length < 0 || length > size - offset)
                throw new TarFormatException("a sparse map has pieces that overlap or lie outside the file");
            (end, sum) = (offset + length, sum + length);
            if (length > 0)
                extents.Add(new Extent(offset, length));
        }

        if (sum != stored)
            throw new TarFormatException($"a sparse map describes {sum} bytes, but {stored} are stored");
        return extents;
    }

    /// <summary><c>OFFSET,LENGTH,OFFSET,LENGTH…</c></summary>
    public static List<long> OfText(ReadOnlySpan<byte> text)
    {
        var numbers = new List<long>();
        foreach (var range in text.Split((byte)','))
            numbers.Add(TarField.Decimal(text[range], "GNU.sparse.map"));
        return numbers;
    }

    /// <summary>Adds the pairs in a header block, or in one of its continuation blocks.</summary>
    /// <returns>Whether another block continues the map.</returns>
    public static bool AddOfBlock(ReadOnlySpan<byte> pairs, byte continued, List<long> numbers)
    {
        for (; pairs.Length >= 24 && pairs[0] != 0; pairs = pairs[24..])
        {
            numbers.Add(TarField.Number(pairs[..12], "sparse offset"));
            numbers.Add(TarField.Number(pairs[12..24], "sparse length"));
        }

        if (numbers.Count / 2 > MostExtents)
            throw new TarFormatException($"a sparse file has more than {MostExtents} pieces");
        return continued != 0;
    }
}
