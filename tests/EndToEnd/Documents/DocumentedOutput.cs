using System.Text.RegularExpressions;

namespace Scheduler.Tests.EndToEnd.Documents;

/// <summary>
/// Compares what a command printed with what a document shows. Every line of the document must come, in its order, except for the words that
/// differ each time and for how far something was at a moment.
/// </summary>
internal static partial class DocumentedOutput
{
    /// <returns>The first line of the document that did not come; null if all did.</returns>
    public static string? Missing(IReadOnlyList<string> documented, string printed)
    {
        var lines = new Queue<string>(printed.Split('\n').Select(Plain));
        foreach (var line in documented.Where(line => !Progress().IsMatch(line)))
        {
            var wanted = Plain(line);
            do
            {
                if (lines.Count == 0)
                    return line;
            } while (lines.Dequeue() != wanted);
        }
        return null;
    }

    private static string Plain(string line)
    {
        line = Guid().Replace(line, "GUID");
        line = Cell().Replace(line, "CELL");
        line = Zone().Replace(line, "ZONE");
        line = Time().Replace(line, "TIME");
        line = Score().Replace(line, "SCORE");
        line = Port().Replace(line, "PORT");
        return Spaces().Replace(line, " ").Trim();
    }

    // "web: 1/2 running", "web: 3 left", "sum: pending": how many such lines there are depends on the moment.
    [GeneratedRegex(@"^\S+: (\d+/\d+ running\b.*|\d+ left|pending|to version \d+: .*|back to version \d+ .*)$")]
    private static partial Regex Progress();

    [GeneratedRegex(@"\b[0-9a-f]{8}(-[0-9a-f]{4}){3,}\b")]
    private static partial Regex Guid();

    [GeneratedRegex(@"\bcell-\d\b")]
    private static partial Regex Cell();

    [GeneratedRegex(@"\bz[12]\b")]
    private static partial Regex Zone();

    [GeneratedRegex(@"\b\d+(ms|s|m)\b")]
    private static partial Regex Time();

    // In "explain", which also adds up the numbers of instances in a zone.
    [GeneratedRegex(@"(?<= score of )[\d.]+|(?<=ZONE +)\d+ +[\d. ]+$")]
    private static partial Regex Score();

    [GeneratedRegex(@"(?<=(127\.0\.0\.1|localhost):)\d+")]
    private static partial Regex Port();

    [GeneratedRegex(@" +")]
    private static partial Regex Spaces();
}
