using System.Text;

namespace Scheduler.Bbs;

/// <summary>Shortens external text for columns of 1,024 characters.</summary>
internal static class Text
{
    public const int ReasonLimit = 1024;
    private const string Suffix = "(truncated)";

    /// <summary>Cuts text of 1,024 bytes or more to 1,024 bytes, suffix included, as Diego stores reasons.</summary>
    public static string Truncate(string reason)
    {
        if (reason.Length < ReasonLimit / 4 || Encoding.UTF8.GetByteCount(reason) < ReasonLimit)
            return reason;
        var room = ReasonLimit - Suffix.Length;
        var used = 0;
        var kept = 0;
        foreach (var rune in reason.EnumerateRunes())
        {
            if (used + rune.Utf8SequenceLength > room)
                break;
            used += rune.Utf8SequenceLength;
            kept += rune.Utf16SequenceLength;
        }
        return string.Concat(reason.AsSpan(0, kept), Suffix);
    }
}
