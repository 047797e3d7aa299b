using System.CommandLine.Parsing;

namespace Scheduler.Client;

/// <summary>Suggests the word that a user may have meant.</summary>
internal static class Spelling
{
    /// <summary>Letters of a name that are enough to mean it.</summary>
    private const int LeastStart = 3;

    /// <summary>The candidate with the fewest edits if they are few enough for a typo, otherwise null.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        // Dashes do not count: "--xy" has two letters to get right, not four characters.
        var letters = word.Trim('-').Length;
        var (best, fewest) = (null as string, Slips(letters) + 1);
        foreach (var candidate in candidates.Order(StringComparer.Ordinal))
        {
            var edits = Edits(word, candidate);
            if (edits < fewest)
                (best, fewest) = (candidate, edits);
        }

        return best;
    }

    /// <summary>
    /// <c>; did you mean NAME?</c> if one name is close enough, else nothing. Names are shorter and more alike than flags: <c>web</c> is not
    /// nearly <c>api</c>, and <c>a1</c> not <c>b1</c>. A name that begins with the whole word counts too, if it is the only one.
    /// </summary>
    public static string NameHint(string word, IEnumerable<string> names)
    {
        var known = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var (best, fewest) = (null as string, NameSlips(word.Length) + 1);
        foreach (var name in known.Where(name => name.Length - word.Length < fewest && word.Length - name.Length < fewest))
        {
            var edits = Edits(word.ToLowerInvariant(), name.ToLowerInvariant());
            if (edits < fewest)
                (best, fewest) = (name, edits);
        }

        if (best is null && word.Length >= LeastStart)
            best = known.Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToList() is [var only] ? only : null;
        return best is null ? "" : $"; did you mean {best}?";
    }

    /// <summary>The error for an unknown word, with the command or flag that may have been meant.</summary>
    public static string Unknown(string word, string where, CommandResult here)
    {
        var known = new List<string>();
        for (var at = here; at is not null; at = at.Parent as CommandResult)
        {
            known.AddRange(
                at.Command.Options.Where(option => at == here || option.Recursive).SelectMany(option => option.Aliases.Prepend(option.Name))
            );
            if (at == here)
                known.AddRange(at.Command.Subcommands.SelectMany(command => command.Aliases.Prepend(command.Name)));
        }

        // Exclude aliases of the help flag such as "/?", which look like neither a command nor a flag.
        var nearest = Nearest(
            word.Split('=')[0],
            known.Where(name => !name.StartsWith('/') && name.StartsWith('-') == word.StartsWith('-'))
        );
        return $"unknown {(word.StartsWith('-') ? "flag" : "command")} \"{word}\" for {where}"
            + (nearest is null ? "" : $"; did you mean {nearest}?");
    }

    private static int NameSlips(int letters) =>
        letters switch
        {
            < 3 => 0,
            < 6 => 1,
            < 9 => 2,
            _ => 3,
        };

    /// <summary>Number of edits that count as a typo in a word of this length; a short word must be nearly right.</summary>
    private static int Slips(int letters) =>
        letters switch
        {
            < 2 => 0,
            < 4 => 1,
            < 9 => 2,
            _ => letters / 3,
        };

    /// <summary>Edit distance: insertions, deletions, substitutions and swaps of adjacent letters.</summary>
    private static int Edits(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                table[i, j] =
                    i == 0 || j == 0
                        ? i + j
                        : Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}
