using System.Text;

namespace Scheduler.Rep.Runtime;

public enum LogStream
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>Where in a process's log a reader is. Opaque: keep it, hand it back. Survives restarts of the rep.</summary>
public readonly record struct LogCursor(ulong File, long Offset)
{
    public static readonly LogCursor Start;

    /// <summary>The first whole line within the last so many bytes of what the runtime has.</summary>
    public static LogCursor Last(long bytes) => new(0, -bytes);
}

/// <summary>One line of output, or a piece of one that is too long.</summary>
/// <param name="Content">Without the line's end; at most <see cref="MaxBytes"/>. Whatever bytes the process wrote.</param>
/// <param name="Next">Reading on from here gives the lines after this one.</param>
public sealed record LogLine(DateTimeOffset Time, LogStream Stream, ReadOnlyMemory<byte> Content, LogCursor Next)
{
    /// <summary>Diego's longest log message.</summary>
    public const int MaxBytes = 61_440;

    public string Text => Encoding.UTF8.GetString(Content.Span);

    public override string ToString() => $"{Time:O} {Stream} {Text}";
}
