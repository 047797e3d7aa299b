using System.Buffers;

namespace Scheduler.MariaDb.Sql;

/// <summary>The lexical rules that decide whether a character of a statement is text, name, comment or code.</summary>
internal static class SqlTextScanner
{
    public static readonly SearchValues<char> Interesting = SearchValues.Create("'\"`@?#-/");

    /// <summary>Index after the string, quoted name or comment that starts at <paramref name="start"/>, or after the one character that starts none.</summary>
    public static int Skip(string text, int start, SqlDialect dialect) => text[start] switch
    {
        '\'' => EndOfQuoted(text, start, !dialect.NoBackslashEscapes),
        '"' => EndOfQuoted(text, start, !dialect.NoBackslashEscapes && !dialect.AnsiQuotes),
        '`' => EndOfQuoted(text, start, backslashEscapes: false),
        '#' => EndOfLine(text, start),
        '-' when StartsLineComment(text, start) => EndOfLine(text, start),
        '/' when start + 1 < text.Length && text[start + 1] == '*' => EndOfBlock(text, start),
        _ => start + 1,
    };

    public static int EndOfName(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '$' or '.')) end++;
        return end;
    }

    private static int EndOfQuoted(string text, int start, bool backslashEscapes)
    {
        var quote = text[start];
        for (var at = start + 1; at < text.Length; at++)
        {
            // A doubled quote ends one string and starts the next: nothing but text lies between, so the result is the same.
            if (text[at] == quote) return at + 1;
            if (backslashEscapes && text[at] == '\\') at++;
        }

        return text.Length;
    }

    /// <summary>"--" is a comment only before white space, a control character or the end: 5--3 is arithmetic.</summary>
    private static bool StartsLineComment(string text, int start) =>
        start + 1 < text.Length && text[start + 1] == '-' && (start + 2 >= text.Length || text[start + 2] <= ' ');

    private static int EndOfLine(string text, int start)
    {
        var end = text.IndexOf('\n', start);
        return end < 0 ? text.Length : end + 1;
    }

    private static int EndOfBlock(string text, int start)
    {
        var end = text.IndexOf("*/", start + 2, StringComparison.Ordinal);
        return end < 0 ? text.Length : end + 2;
    }
}
