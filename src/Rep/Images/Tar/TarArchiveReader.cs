using System.Globalization;

namespace Scheduler.Rep.Images.Tar;

/// <summary>
/// Reads a tar archive as GNU tar and Go's archive/tar do: ustar, PAX, GNU and star headers, sparse files in all formats, archives
/// without an end marker. Names are not validated here; the writer of the files must do that. See decision record 23.
/// </summary>
internal sealed class TarArchiveReader(Stream archive)
{
    /// <summary>
    /// Size of extended headers and long names. The kernel's longest path has 4 KB, and the attributes of one file 64 KB.
    /// </summary>
    private const int LargestMeta = 1 << 20;
    private const string AttributePrefix = "SCHILY.xattr.";

    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private long _left;
    private int _padding;
    private bool _ended;

    /// <summary>Position of the archive's next byte: that of the data of the entry just returned, before any of it is read.</summary>
    public long Position { get; private set; }

    /// <summary>Skips the rest of the previous entry and returns the next; null at the end.</summary>
    /// <exception cref="TarFormatException">The archive is malformed here.</exception>
    public TarEntry? Next()
    {
        var pax = new PaxRecords();
        byte[]? longName = null,
            longLink = null;
        while (ReadHeader() is { } header)
        {
            switch (header.Type)
            {
                case (byte)'x':
                    pax = PaxRecords.Parse(ReadMeta(header, "an extended header"));
                    break;
                case (byte)'g' or (byte)'V':
                    // Records about the whole archive (a commit, a label) are not part of a layer.
                    Begin(header.Size);
                    break;
                case (byte)'L':
                    longName = TarField.Text(ReadMeta(header, "a long name")).ToArray();
                    break;
                case (byte)'K':
                    longLink = TarField.Text(ReadMeta(header, "a long link")).ToArray();
                    break;
                default:
                    return Entry(header, pax, longName, longLink);
            }
        }

        return null;
    }

    /// <summary>Reads stored bytes of the entry that <see cref="Next"/> returned last; 0 at its end.</summary>
    public int ReadData(Span<byte> buffer)
    {
        if (_left == 0 || buffer.IsEmpty)
            return 0;
        var read = archive.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0)
            throw CutOff();
        Position += read;
        _left -= read;
        return read;
    }

    private TarEntry Entry(in TarHeader header, PaxRecords pax, byte[]? longName, byte[]? longLink)
    {
        var name = longName ?? pax.Find("GNU.sparse.name") ?? pax.Find("path") ?? header.Name;
        var kind = Kind(header.Type, name);
        var entry = new TarEntry
        {
            Kind = kind,
            Name = name,
            LinkName = longLink ?? pax.Find("linkpath") ?? header.LinkName,
            Mode = (int)(header.Mode & 0xFFF),
            User = pax.Number("uid") ?? header.User,
            Group = pax.Number("gid") ?? header.Group,
            Modified = pax.Find("mtime") is { } mtime ? Time(mtime) : new TarTime(header.Modified, 0),
            Attributes =
            [
                .. pax
                    .All.Where(record => record.Key.StartsWith(AttributePrefix, StringComparison.Ordinal))
                    .Select(record => KeyValuePair.Create(record.Key[AttributePrefix.Length..], record.Value)),
            ],
        };
        try
        {
            // Only files have content; old programs put a size into the headers of links and directories, without data after them.
            return kind == TarEntryKind.File ? File(header, pax, entry) : entry;
        }
        catch (TarFormatException failure)
        {
            throw new TarFormatException($"its entry '{entry.ShownName}' is broken: {failure.Message}");
        }
    }

    private TarEntry File(in TarHeader header, PaxRecords pax, TarEntry entry)
    {
        var stored = pax.Number("size") ?? header.Size;
        List<long>? map = null;
        long size;
        if (header.Type == (byte)'S')
        {
            size = TarField.Number(_block.AsSpan(483, 12), "real size");
            map = OldSparseMap();
            Begin(stored);
        }
        else
        {
            Begin(stored);
            size = pax.Number("GNU.sparse.realsize") ?? pax.Number("GNU.sparse.size") ?? stored;
            if (pax.Number("GNU.sparse.major") is { } major)
            {
                if ((major, pax.Number("GNU.sparse.minor")) is not (1, 0))
                    throw new TarFormatException("it is sparse in a form that is not known");
                map = SparseMapInData();
            }
            else if (pax.Find("GNU.sparse.map") is { } text)
                map = SparseMap.OfText(text);
            else if (pax.SparsePairs.Count > 0)
                map = pax.SparsePairs;
        }

        if (size < 0)
            throw new TarFormatException("its size is negative");
        return entry with { Size = size, Stored = _left, Extents = map is null ? null : SparseMap.Check(map, size, _left) };
    }

    private static TarEntryKind Kind(byte type, byte[] name) =>
        type switch
        {
            0 when name is [.., (byte)'/'] => TarEntryKind.Directory, // before 1988 a slash was all that a directory had
            0 or (byte)'0' or (byte)'7' or (byte)'S' => TarEntryKind.File,
            (byte)'1' => TarEntryKind.HardLink,
            (byte)'2' => TarEntryKind.SymbolicLink,
            (byte)'3' or (byte)'4' => TarEntryKind.Device,
            (byte)'5' => TarEntryKind.Directory,
            (byte)'6' => TarEntryKind.Fifo,
            _ => throw new TarFormatException($"its entry '{EntryName.Show(name)}' has the unknown type '{EntryName.Show([type])}'"),
        };

    /// <summary>The first pieces of the map are in the header, the others in blocks between it and the data.</summary>
    private List<long> OldSparseMap()
    {
        var numbers = new List<long>();
        var more = SparseMap.AddOfBlock(_block.AsSpan(386, 96), _block[482], numbers);
        while (more)
        {
            if (!ReadBlock())
                throw CutOff();
            more = SparseMap.AddOfBlock(_block.AsSpan(0, 504), _block[504], numbers);
        }

        return numbers;
    }

    /// <summary>
    /// Lines of numbers at the start of the data, padded to a whole block: the number of pieces, then each one's offset and length.
    /// </summary>
    private List<long> SparseMapInData()
    {
        var numbers = new List<long>();
        var line = new List<byte>();
        long expected = 1;
        while (numbers.Count < expected)
        {
            var block = ReadDataBlock();
            foreach (var octet in block)
            {
                if (numbers.Count == expected)
                    break;
                if (octet != '\n')
                {
                    line.Add(octet);
                    if (line.Count > 20)
                        throw new TarFormatException("a sparse map has a number that is too long");
                    continue;
                }

                numbers.Add(TarField.Decimal(line.ToArray(), "a number of a sparse map"));
                line.Clear();
                if (numbers.Count > 1)
                    continue;
                if (numbers[0] is < 0 or > SparseMap.MostExtents)
                    throw new TarFormatException($"a sparse file has {numbers[0]} pieces; the limit is {SparseMap.MostExtents}");
                expected = 1 + (2 * numbers[0]);
            }
        }

        numbers.RemoveAt(0);
        return numbers;
    }

    private byte[] ReadDataBlock()
    {
        var block = new byte[TarHeader.BlockSize];
        var read = 0;
        while (read < block.Length)
        {
            var count = ReadData(block.AsSpan(read));
            if (count == 0)
                throw new TarFormatException("a sparse map is cut off");
            read += count;
        }

        return block;
    }

    private TarHeader? ReadHeader()
    {
        if (_ended || !Skip() || !ReadBlock())
            return End();
        if (!TarHeader.IsEmpty(_block))
            return TarHeader.Parse(_block);

        // Two empty blocks end an archive; some programs write only one, or none.
        if (!ReadBlock() || TarHeader.IsEmpty(_block))
            return End();
        throw new TarFormatException("it goes on after an empty block");
    }

    private TarHeader? End()
    {
        _ended = true;
        return null;
    }

    private byte[] ReadMeta(in TarHeader header, string what)
    {
        if (header.Size is < 0 or > LargestMeta)
            throw new TarFormatException($"{what} has {header.Size} bytes; the limit is {LargestMeta}");
        Begin(header.Size);
        var content = new byte[header.Size];
        for (var read = 0; read < content.Length; read += ReadData(content.AsSpan(read)))
        {
            // until the buffer is full
        }

        return content;
    }

    private void Begin(long size)
    {
        if (size < 0)
            throw new TarFormatException("its size is negative");
        (_left, _padding) = (size, (int)(-size & (TarHeader.BlockSize - 1)));
    }

    /// <summary>
    /// Skips the current entry's data; false if the archive ends within its padding, which some programs omit at the end.
    /// </summary>
    private bool Skip()
    {
        if (archive.CanSeek)
        {
            if (_left > archive.Length - archive.Position)
                throw CutOff();
            archive.Seek(_left, SeekOrigin.Current);
            Position += _left;
            _left = 0;
        }

        while (_left > 0)
            ReadData(_block);
        var padding = archive.ReadAtLeast(_block.AsSpan(0, _padding), _padding, throwOnEndOfStream: false);
        Position += padding;
        var whole = padding == _padding;
        _padding = 0;
        return whole;
    }

    private bool ReadBlock()
    {
        var read = archive.ReadAtLeast(_block, _block.Length, throwOnEndOfStream: false);
        Position += read;
        if (read > 0 && read < _block.Length)
            throw CutOff();
        return read > 0;
    }

    private static TarTime Time(byte[] text)
    {
        if (
            !decimal.TryParse(
                text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var time
            )
            || decimal.Abs(time) > long.MaxValue / 2
        )
            throw new TarFormatException($"mtime is no time: '{EntryName.Show(text)}'");
        var seconds = decimal.Floor(time);
        return new TarTime((long)seconds, (int)((time - seconds) * 1_000_000_000));
    }

    private static TarFormatException CutOff() => new("it is cut off");
}
