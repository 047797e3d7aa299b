using System.Text;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>Writes tar archives block by block: what no library would write.</summary>
public sealed class RawTar
{
    private readonly MemoryStream _bytes = new();
    private int _last;

    public RawTar Header(
        string name,
        char type,
        long size,
        int mode = 0b110_100_100,
        long user = 0,
        long group = 0,
        string link = "",
        string prefix = ""
    ) => Header(Encoding.Latin1.GetBytes(name), type, size, mode, user, group, link, prefix);

    public RawTar Header(
        byte[] name,
        char type,
        long size,
        int mode = 0b110_100_100,
        long user = 0,
        long group = 0,
        string link = "",
        string prefix = ""
    )
    {
        var block = new byte[512];
        name.CopyTo(block, 0);
        Octal(block.AsSpan(100, 8), mode);
        Octal(block.AsSpan(108, 8), user);
        Octal(block.AsSpan(116, 8), group);
        Octal(block.AsSpan(124, 12), size);
        Octal(block.AsSpan(136, 12), 1_700_000_000);
        block[156] = (byte)type;
        Encoding.Latin1.GetBytes(link).CopyTo(block, 157);
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        Encoding.Latin1.GetBytes(prefix).CopyTo(block, 345);
        return Block(block);
    }

    public RawTar Data(string content) => Data(Encoding.Latin1.GetBytes(content));

    public RawTar Data(byte[] content)
    {
        _bytes.Write(content);
        _bytes.Write(new byte[-content.Length & 511]);
        return this;
    }

    public RawTar Meta(char type, string content) => Header("meta", type, content.Length).Data(content);

    public RawTar Gnu(char type, string name) => Meta(type, name + "\0");

    public RawTar Pax(params (string Key, string Value)[] records) =>
        Meta('x', string.Concat(records.Select(record => Record(record.Key, record.Value))));

    public RawTar OldSparse(string name, long size, long stored, IReadOnlyList<(long Offset, long Length)> extents)
    {
        var block = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(block, 0);
        Octal(block.AsSpan(124, 12), stored);
        block[156] = (byte)'S';
        "ustar  \0"u8.CopyTo(block.AsSpan(257));
        Extents(block.AsSpan(386), extents.Take(4));
        block[482] = (byte)(extents.Count > 4 ? 1 : 0);
        Octal(block.AsSpan(483, 12), size);
        Block(block);
        for (var done = 4; done < extents.Count; done += 21)
        {
            var more = new byte[512];
            Extents(more, extents.Skip(done).Take(21));
            more[504] = (byte)(extents.Count > done + 21 ? 1 : 0);
            _bytes.Write(more);
        }

        return this;
    }

    /// <summary>Changes a byte of the last header, behind its checksum's back.</summary>
    public RawTar Change(int offset, byte value)
    {
        _bytes.GetBuffer()[_last + offset] = value;
        return this;
    }

    public byte[] Bytes() => _bytes.ToArray();

    public byte[] End() => [.. _bytes.ToArray(), .. new byte[1024]];

    private RawTar Block(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        Octal(block.AsSpan(148, 7), block.Sum(octet => octet));
        _last = (int)_bytes.Length;
        _bytes.Write(block);
        return this;
    }

    private static void Extents(Span<byte> target, IEnumerable<(long Offset, long Length)> extents)
    {
        foreach (var extent in extents)
        {
            Octal(target[..12], extent.Offset);
            Octal(target[12..24], extent.Length);
            target = target[24..];
        }
    }

    private static void Octal(Span<byte> field, long value) =>
        Encoding.Latin1.GetBytes(Convert.ToString(value, 8).PadLeft(field.Length - 1, '0')).CopyTo(field);

    private static string Record(string key, string value)
    {
        var rest = key.Length + value.Length + 3; // space, equals, line end
        var length = rest + 1;
        while ($"{length}".Length + rest != length)
            length++;
        return $"{length} {key}={value}\n";
    }
}
