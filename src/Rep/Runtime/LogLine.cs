using System.Text;

namespace Scheduler.Rep.Runtime;

public enum LogStream
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>A reader's position in a process's log. Opaque: store it and pass it back. Survives restarts of the rep.</summary>
public readonly record struct LogCursor(ulong File, long Offset)
{
    public static readonly LogCursor Start;

    /// <summary>The first complete line within the last so many bytes that the runtime has.</summary>
    public static LogCursor Last(long bytes) => new(0, -bytes);
}

/// <summary>A line of output, or a piece of one that is too long.</summary>
/// <param name="Content">Without the line terminator; at most <see cref="MaxBytes"/>. Arbitrary bytes as written by the process.</param>
/// <param name="Next">Position at which to continue after this line.</param>
public sealed record LogLine(DateTimeOffset Time, LogStream Stream, ReadOnlyMemory<byte> Content, LogCursor Next)
{
    /// <summary>The maximum length of a log message in Diego.</summary>
    public const int MaxBytes = 61_440;

    public string Text => Encoding.UTF8.GetString(Content.Span);

    public override string ToString() => $"{Time:O} {Stream} {Text}";
}
