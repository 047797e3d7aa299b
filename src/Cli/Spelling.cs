namespace Scheduler.Cli;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Spelling
{
    /// <summary>The candidate with the fewest edits, when there are few enough for it to be a slip; else null.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var (best, fewest) = (null as string, Math.Max(2, word.Length / 3) + 1);
        foreach (var candidate in candidates.Order(StringComparer.Ordinal))
        {
            var edits = Edits(word, candidate);
            if (edits < fewest)
                (best, fewest) = (candidate, edits);
        }

        return best;
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
