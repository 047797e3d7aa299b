using System.Globalization;

namespace Scheduler.Models;

/// <summary>Names of Linux signals, as used by images and people.</summary>
public static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Range of the real-time signals that programs can use: the C library reserves 32 and 33.</summary>
    private const int FirstRealTime = 34,
        LastRealTime = 64;

    /// <summary>By number, from 1.</summary>
    private static readonly string[] Names =
    [
        "HUP",
        "INT",
        "QUIT",
        "ILL",
        "TRAP",
        "ABRT",
        "BUS",
        "FPE",
        "KILL",
        "USR1",
        "SEGV",
        "USR2",
        "PIPE",
        "ALRM",
        "TERM",
        "STKFLT",
        "CHLD",
        "CONT",
        "STOP",
        "TSTP",
        "TTIN",
        "TTOU",
        "URG",
        "XCPU",
        "XFSZ",
        "VTALRM",
        "PROF",
        "WINCH",
        "IO",
        "PWR",
        "SYS",
    ];

    /// <summary>The number of <c>SIGQUIT</c>, <c>quit</c>, <c>3</c> or <c>SIGRTMIN+3</c>; null if it is not a signal.</summary>
    public static int? Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number is >= 1 and <= LastRealTime ? number : null;
        var name = text.ToUpperInvariant();
        if (name.StartsWith("SIG", StringComparison.Ordinal))
            name = name[3..];
        if (name.StartsWith("RTMIN", StringComparison.Ordinal))
            return RealTime(name[5..], '+', FirstRealTime, 1);
        if (name.StartsWith("RTMAX", StringComparison.Ordinal))
            return RealTime(name[5..], '-', LastRealTime, -1);
        return Array.IndexOf(Names, name) is >= 0 and var at ? at + 1 : null;
    }

    private static int? RealTime(string offset, char sign, int from, int direction)
    {
        if (offset.Length == 0)
            return from;
        return
            offset[0] == sign
            && int.TryParse(offset.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var steps)
            && steps <= LastRealTime - FirstRealTime
            ? from + (direction * steps)
            : null;
    }
}
