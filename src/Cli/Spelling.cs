using System.CommandLine.Parsing;

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

    /// <summary>Says that a word is neither command nor flag here, and which one may have been meant.</summary>
    public static string Unknown(string word, string where, CommandResult here)
    {
        var known = new List<string>();
        for (var at = here; at is not null; at = at.Parent as CommandResult)
        {
            known.AddRange(at.Command.Options.Where(option => at == here || option.Recursive).SelectMany(option => option.Aliases.Prepend(option.Name)));
            if (at == here)
                known.AddRange(at.Command.Subcommands.SelectMany(command => command.Aliases.Prepend(command.Name)));
        }

        var nearest = Nearest(word.Split('=')[0], known.Where(name => name.StartsWith('-') == word.StartsWith('-')));
        return $"\"{word}\" is no {(word.StartsWith('-') ? "flag" : "command")} of {where}" + (nearest is null ? "" : $"; did you mean {nearest}?");
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
