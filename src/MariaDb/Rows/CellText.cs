using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Scheduler.MariaDb.Rows;

/// <summary>Reads values out of the text in which the server sends them.</summary>
internal static class CellText
{
    public static bool TryInt64(ReadOnlySpan<byte> cell, out long value) => Utf8Parser.TryParse(cell, out value, out var used) && used == cell.Length;

    public static bool TryUInt64(ReadOnlySpan<byte> cell, out ulong value) => Utf8Parser.TryParse(cell, out value, out var used) && used == cell.Length;

    public static bool TryDecimal(ReadOnlySpan<byte> cell, out decimal value) =>
        decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public static bool TryDouble(ReadOnlySpan<byte> cell, out double value) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public static bool TrySingle(ReadOnlySpan<byte> cell, out float value) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    public static bool TryGuid(ReadOnlySpan<byte> cell, out Guid value) => Utf8Parser.TryParse(cell, out value, out var used) && used == cell.Length;

    /// <summary>Bytes of a BIT column, the highest first.</summary>
    public static ulong Bits(ReadOnlySpan<byte> cell)
    {
        var value = 0UL;
        foreach (var b in cell) value = (value << 8) | b;
        return value;
    }

    /// <summary>yyyy-MM-dd, with HH:mm:ss and up to six digits behind the second if there is a time.</summary>
    /// <returns>False if it is none, or one that the calendar lacks, such as 0000-00-00.</returns>
    public static bool TryDateTime(ReadOnlySpan<byte> cell, out DateTime value)
    {
        value = default;
        if (cell.Length < 10 || cell[4] != '-' || cell[7] != '-') return false;
        if (!TryDigits(cell[..4], out var year) || !TryDigits(cell[5..7], out var month) || !TryDigits(cell[8..10], out var day)) return false;
        if (year is 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        value = new DateTime(year, month, day);
        if (cell.Length == 10) return true;
        if (cell[10] != ' ' || !TryClock(cell[11..], out var time) || time >= TimeSpan.FromDays(1)) return false;
        value += time;
        return true;
    }

    public static bool IsZeroDate(ReadOnlySpan<byte> cell) => cell.StartsWith("0000-00-00"u8);

    /// <summary>[-]HHH:mm:ss, with up to six digits behind the second.</summary>
    public static bool TryTime(ReadOnlySpan<byte> cell, out TimeSpan value)
    {
        var negative = cell is [(byte)'-', ..];
        if (!TryClock(negative ? cell[1..] : cell, out value)) return false;
        if (negative) value = -value;
        return true;
    }

    public static string Text(ReadOnlySpan<byte> cell) => Encoding.UTF8.GetString(cell);

    private static bool TryClock(ReadOnlySpan<byte> clock, out TimeSpan value)
    {
        value = default;
        var colon = clock.IndexOf((byte)':');
        if (colon < 1 || clock.Length < colon + 6 || clock[colon + 3] != ':') return false;
        if (!TryDigits(clock[..colon], out var hours) || !TryDigits(clock.Slice(colon + 1, 2), out var minutes)
            || !TryDigits(clock.Slice(colon + 4, 2), out var seconds)) return false;
        var fraction = clock[(colon + 6)..];
        var ticks = 0;
        if (fraction.Length > 0)
        {
            if (fraction[0] != '.' || fraction.Length > 7 || !TryDigits(fraction[1..], out ticks)) return false;
            for (var digits = fraction.Length - 1; digits < 7; digits++) ticks *= 10;
        }

        value = new TimeSpan(hours, minutes, seconds) + TimeSpan.FromTicks(ticks);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            value = (value * 10) + (digit - '0');
        }

        return digits.Length > 0;
    }
}
