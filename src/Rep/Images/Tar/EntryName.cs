using System.Globalization;
using System.Text;

namespace Scheduler.Rep.Images.Tar;

/// <summary>Names in archives. They are bytes, as in the kernel, and not necessarily UTF-8.</summary>
internal static class EntryName
{
    /// <summary>The kernel's limit of a path, without the terminating byte.</summary>
    public const int Longest = 4_095;

    /// <summary>
    /// The parts of a name below the root of its layer: absolute names are relative to that root, "." and empty parts are dropped, and ".."
    /// removes the part before it. Null if ".." leads above the root.
    /// </summary>
    public static List<byte[]>? Parts(ReadOnlySpan<byte> name)
    {
        var parts = new List<byte[]>();
        foreach (var range in name.Split((byte)'/'))
        {
            var part = name[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
                continue;
            if (!part.SequenceEqual(".."u8))
                parts.Add(part.ToArray());
            else if (parts.Count == 0)
                return null;
            else
                parts.RemoveAt(parts.Count - 1);
        }

        return parts;
    }

    public static byte[] Join(IReadOnlyList<byte[]> parts, int count)
    {
        var path = new List<byte>();
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                path.Add((byte)'/');
            path.AddRange(parts[i]);
        }

        return [.. path];
    }

    /// <summary>
    /// The name for messages: bytes that are not printable UTF-8 appear as <c>\ooo</c>, and a very long name is truncated.
    /// </summary>
    public static string Show(ReadOnlySpan<byte> name)
    {
        const int longest = 300;
        var text = new StringBuilder();
        while (!name.IsEmpty && text.Length < longest)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var used) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune))
                text.Append(rune);
            else
            {
                foreach (var octet in name[..used])
                    text.Append(CultureInfo.InvariantCulture, $"\\{Convert.ToString(octet, 8).PadLeft(3, '0')}");
            }

            name = name[used..];
        }

        return name.IsEmpty ? text.ToString() : text.Append('…').ToString();
    }
}
