using System.Buffers;
using System.Text;

namespace Scheduler.MariaDb.Sql;

/// <summary>
/// Writes values as SQL literals. The connection's character set is utf8mb4, in which no byte of a longer character looks like a quote or a
/// backslash, so escaping byte by byte is sound.
/// </summary>
internal static class Literals
{
    private static readonly SearchValues<byte> QuoteOrBackslash = SearchValues.Create("'\\"u8);

    public static void Write(StatementBuffer to, object? value, SqlDialect dialect)
    {
        switch (value)
        {
            case null or DBNull: to.Append("NULL"u8); break;
            case string text: WriteText(to, text, dialect); break;
            case int number: to.Append(number); break;
            case long number: to.Append(number); break;
            case byte[] bytes: WriteBytes(to, bytes, dialect); break;
            case bool flag: to.AppendRaw(flag ? (byte)'1' : (byte)'0'); break;
            case uint number: to.Append(number); break;
            case ulong number: to.Append(number); break;
            case short number: to.Append(number); break;
            case ushort number: to.Append(number); break;
            case byte number: to.Append(number); break;
            case sbyte number: to.Append(number); break;
            case double number: WriteDouble(to, number); break;
            case float number: WriteFloat(to, number); break;
            case decimal number: to.Append(number); break;
            case DateTime time: WriteDateTime(to, time); break;
            case DateTimeOffset time: WriteDateTime(to, time.UtcDateTime); break;
            case DateOnly date: WriteDate(to, date); break;
            case TimeOnly time: WriteTime(to, time.ToTimeSpan()); break;
            case TimeSpan time: WriteTime(to, time); break;
            case Guid guid: WriteGuid(to, guid); break;
            case char character: WriteText(to, [character], dialect); break;
            case Enum member: Write(to, Convert.ChangeType(member, Enum.GetUnderlyingType(member.GetType()), null), dialect); break;
            case ReadOnlyMemory<byte> bytes: WriteBytes(to, bytes.Span, dialect); break;
            case Memory<byte> bytes: WriteBytes(to, bytes.Span, dialect); break;
            case ArraySegment<byte> bytes: WriteBytes(to, bytes, dialect); break;
            case MemoryStream stream: WriteBytes(to, Contents(stream), dialect); break;
            default: throw new ArgumentException($"Values of type {value.GetType()} are not supported.");
        }
    }

    private static void WriteText(StatementBuffer to, ReadOnlySpan<char> text, SqlDialect dialect)
    {
        // The string arrives as UTF-8 behind the quote; most have nothing to escape and are done then.
        to.AppendRaw((byte)'\'');
        var start = to.Length;
        try
        {
            to.Append(text);
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException("The text has half of a surrogate pair and cannot be stored as UTF-8.");
        }

        EscapeFrom(to, start, dialect);
        to.AppendRaw((byte)'\'');
    }

    private static void WriteBytes(StatementBuffer to, ReadOnlySpan<byte> bytes, SqlDialect dialect)
    {
        to.Append("_binary'"u8);
        var start = to.Length;
        to.Append(bytes);
        EscapeFrom(to, start, dialect);
        to.AppendRaw((byte)'\'');
    }

    /// <summary>Doubles the quotes, and the backslashes where they escape, in what was written from <paramref name="start"/> on.</summary>
    private static void EscapeFrom(StatementBuffer to, int start, SqlDialect dialect)
    {
        var written = to.Written[start..];
        var extra = dialect.NoBackslashEscapes ? written.Count((byte)'\'') : CountSpecial(written);
        if (extra == 0) return;

        // In place and from behind, so that nothing is overwritten before it is moved.
        to.Reserve(extra);
        to.Advance(extra);
        var room = to.WrittenFrom(start);
        var target = room.Length;
        for (var source = room.Length - extra - 1; target > source + 1; source--)
        {
            var b = room[source];
            room[--target] = b;
            if (b == '\'' || (b == '\\' && !dialect.NoBackslashEscapes)) room[--target] = b;
        }
    }

    private static int CountSpecial(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (int next; (next = bytes.IndexOfAny(QuoteOrBackslash)) >= 0; bytes = bytes[(next + 1)..]) count++;
        return count;
    }

    private static void WriteDouble(StatementBuffer to, double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException("The database has no NaN and no infinity.");
        to.Append(value, "R");
    }

    private static void WriteFloat(StatementBuffer to, float value)
    {
        if (!float.IsFinite(value)) throw new ArgumentException("The database has no NaN and no infinity.");
        to.Append(value, "R");
    }

    private static void WriteDateTime(StatementBuffer to, DateTime value)
    {
        to.Append("TIMESTAMP'"u8);
        to.Append(value, "yyyy-MM-dd HH:mm:ss.ffffff");
        to.AppendRaw((byte)'\'');
    }

    private static void WriteDate(StatementBuffer to, DateOnly value)
    {
        to.Append("DATE'"u8);
        to.Append(value, "yyyy-MM-dd");
        to.AppendRaw((byte)'\'');
    }

    private static void WriteTime(StatementBuffer to, TimeSpan value)
    {
        to.Append("TIME'"u8);
        if (value < TimeSpan.Zero) to.AppendRaw((byte)'-');
        // Hours beyond a day stay hours; microseconds are all that the database keeps.
        var microseconds = (UInt128)Int128.Abs((Int128)value.Ticks / TimeSpan.TicksPerMicrosecond);
        to.Append((ulong)(microseconds / 3_600_000_000), "00");
        to.AppendRaw((byte)':');
        to.Append((ulong)(microseconds / 60_000_000 % 60), "00");
        to.AppendRaw((byte)':');
        to.Append((ulong)(microseconds / 1_000_000 % 60), "00");
        to.AppendRaw((byte)'.');
        to.Append((ulong)(microseconds % 1_000_000), "000000");
        to.AppendRaw((byte)'\'');
    }

    private static void WriteGuid(StatementBuffer to, Guid value)
    {
        to.AppendRaw((byte)'\'');
        to.Append(value, "D");
        to.AppendRaw((byte)'\'');
    }

    private static ReadOnlySpan<byte> Contents(MemoryStream stream) =>
        stream.TryGetBuffer(out var buffer) ? buffer.AsSpan((int)stream.Position) : stream.ToArray().AsSpan((int)stream.Position);
}
