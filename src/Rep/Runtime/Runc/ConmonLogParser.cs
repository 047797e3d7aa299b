using System.Globalization;
using System.Text;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Converts the records of conmon's log file into lines. A record is <c>TIME STREAM P|F CONTENT\n</c>, where P marks a partial line
/// that continues in a later record of the same stream. No I/O: bytes and positions in, lines out.
/// </summary>
internal sealed class ConmonLogParser(int maxLineBytes = LogLine.MaxBytes)
{
    private readonly Pending _stdout = new();
    private readonly Pending _stderr = new();

    /// <param name="record">One record without its line terminator.</param>
    /// <param name="next">The position after the record.</param>
    public void Parse(ReadOnlySpan<byte> record, LogCursor next, List<LogLine> lines)
    {
        // Anything else does not come from conmon: it is the rest of a truncated file.
        var space = record.IndexOf((byte)' ');
        if (space < 0 || !TryTime(record[..space], out var time))
            return;
        var rest = record[(space + 1)..];
        if (!TryStream(rest, out var stream) || rest.Length < 9)
            return;

        var pending = stream == LogStream.Stdout ? _stdout : _stderr;
        var whole = rest[7] == (byte)'F';
        if (pending.Bytes.Count == 0)
            pending.Time = time;
        foreach (var part in rest[9..])
        {
            // As in Diego, either character ends a line, and empty lines are dropped.
            if (part is (byte)'\r' or (byte)'\n')
                Flush(pending, stream, next, lines);
            else
                pending.Bytes.Add(part);
            if (pending.Bytes.Count >= maxLineBytes + 4)
                Cut(pending, stream, next, lines);
        }

        if (whole)
            Flush(pending, stream, next, lines);
    }

    /// <summary>Emits unterminated lines: the process has ended.</summary>
    public void Finish(LogCursor next, List<LogLine> lines)
    {
        Flush(_stdout, LogStream.Stdout, next, lines);
        Flush(_stderr, LogStream.Stderr, next, lines);
    }

    private void Flush(Pending pending, LogStream stream, LogCursor next, List<LogLine> lines)
    {
        while (pending.Bytes.Count > maxLineBytes)
            Cut(pending, stream, next, lines);
        if (pending.Bytes.Count > 0)
            lines.Add(new LogLine(pending.Time, stream, pending.Bytes.ToArray(), next));
        pending.Bytes.Clear();
    }

    /// <summary>Emits the longest piece that ends at a character boundary.</summary>
    private void Cut(Pending pending, LogStream stream, LogCursor next, List<LogLine> lines)
    {
        var length = maxLineBytes;
        for (var back = 0; back < 4 && (pending.Bytes[length] & 0xC0) == 0x80; back++)
            length--;
        if ((pending.Bytes[length] & 0xC0) == 0x80)
            length = maxLineBytes; // not UTF-8 at all
        lines.Add(new LogLine(pending.Time, stream, pending.Bytes.GetRange(0, length).ToArray(), next));
        pending.Bytes.RemoveRange(0, length);
    }

    private static bool TryTime(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        // conmon writes nanoseconds; .NET reads at most 7 fractional digits.
        time = default;
        var dot = text.IndexOf((byte)'.');
        if (dot < 0 || text.Length < dot + 10)
            return false;
        var zone = text[(dot + 10)..];
        return DateTimeOffset.TryParse(
            Encoding.ASCII.GetString(text[..(dot + 8)]) + Encoding.ASCII.GetString(zone),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out time
        );
    }

    private static bool TryStream(ReadOnlySpan<byte> rest, out LogStream stream)
    {
        stream = rest.StartsWith("stderr "u8) ? LogStream.Stderr : LogStream.Stdout;
        return stream == LogStream.Stderr || rest.StartsWith("stdout "u8);
    }

    private sealed class Pending
    {
        public List<byte> Bytes { get; } = [];

        public DateTimeOffset Time { get; set; }
    }
}
