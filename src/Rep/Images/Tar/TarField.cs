using System.Globalization;
using System.Numerics;

namespace Scheduler.Rep.Images.Tar;

/// <summary>Fields of a header block.</summary>
internal static class TarField
{
    /// <summary>Text up to the first NUL, or the whole field.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>A number in octal digits, or in the binary form that GNU tar uses for numbers too large for them.</summary>
    /// <exception cref="TarFormatException">The field is neither, or the number needs more than 63 bits.</exception>
    public static long Number(ReadOnlySpan<byte> field, string name)
    {
        if ((field[0] & 0x80) != 0)
            return Binary(field, name);
        var digits = Text(field.TrimStart(" \0"u8)).TrimEnd((byte)' ');
        var value = 0L;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
                throw new TarFormatException($"the field {name} of a header is no number");
            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    /// <summary>A decimal number, as used in extended headers and sparse maps.</summary>
    public static long Decimal(ReadOnlySpan<byte> text, string name) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new TarFormatException($"{name} is no number: '{EntryName.Show(text)}'");

    private static long Binary(ReadOnlySpan<byte> field, string name)
    {
        Span<byte> bytes = stackalloc byte[field.Length];
        field.CopyTo(bytes);
        bytes[0] = (bytes[0] & 0x40) != 0 ? bytes[0] : (byte)(bytes[0] & 0x7F); // the second bit is the sign
        var value = new BigInteger(bytes, isBigEndian: true);
        return value >= long.MinValue && value <= long.MaxValue
            ? (long)value
            : throw new TarFormatException($"the field {name} of a header has a number of more than 63 bits");
    }
}
