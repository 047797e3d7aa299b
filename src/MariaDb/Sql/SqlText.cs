namespace Scheduler.MariaDb.Sql;

/// <summary>A command's text with the places of its parameters.</summary>
internal sealed class SqlText
{
    private SqlText(string text, SqlDialect dialect, Placeholder[] placeholders)
    {
        Text = text;
        Dialect = dialect;
        Placeholders = placeholders;
    }

    public string Text { get; }

    public SqlDialect Dialect { get; }

    public Placeholder[] Placeholders { get; }

    /// <summary>
    /// Finds <c>@name</c>, <c>?name</c> and <c>?</c> outside of strings, quoted names and comments.
    /// <c>@@variable</c> and <c>@'quoted'</c> are the server's own.
    /// </summary>
    public static SqlText Parse(string text, SqlDialect dialect)
    {
        var found = new List<Placeholder>();
        var at = 0;
        while (at < text.Length)
        {
            var next = text.AsSpan(at).IndexOfAny(SqlTextScanner.Interesting);
            if (next < 0) break;
            at += next;
            var c = text[at];
            if (c is '@' or '?')
            {
                var end = SqlTextScanner.EndOfName(text, at + 1);
                if (end > at + 1) found.Add(new Placeholder(at, end - at));
                else if (c == '?') found.Add(new Placeholder(at, 1));
                else if (at + 1 < text.Length && text[at + 1] == '@') end = SqlTextScanner.EndOfName(text, at + 2);
                at = end;
            }
            else
            {
                at = SqlTextScanner.Skip(text, at, dialect);
            }
        }

        return new SqlText(text, dialect, [.. found]);
    }

    /// <summary>Where a value goes.</summary>
    /// <param name="Start">Index of the @ or ?.</param>
    /// <param name="Length">Of the whole placeholder; 1 is a bare ?, which takes the next value in order.</param>
    internal readonly record struct Placeholder(int Start, int Length)
    {
        public bool IsPositional => Length == 1;

        public ReadOnlySpan<char> NameIn(string text) => text.AsSpan(Start + 1, Length - 1);
    }
}
