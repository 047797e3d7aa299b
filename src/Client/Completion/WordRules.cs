using System.CommandLine;
using System.CommandLine.Completions;

namespace Scheduler.Client.Completion;

/// <summary>What a flag or an argument takes, told from its name as the help shows it, so that no command has to say it twice.</summary>
internal static class WordRules
{
    public static (IReadOnlyList<Candidate> Words, NameKind Names, bool Files) Of(Option option)
    {
        var words = Choices(option.HelpName, option);
        var names = option.Name switch
        {
            "--cell" or "--without-cell" or "--like" or "--drain" => NameKind.Cells,
            "--domain" => NameKind.Domains,
            "--context" => NameKind.Contexts,
            _ => NameKind.None,
        };
        return (words, names, IsPath(option.HelpName) || option.Name is "--file" or "--config");
    }

    /// <param name="path">The names of the command and those above it, such as <c>lrp get</c>.</param>
    public static (IReadOnlyList<Candidate> Words, NameKind Names, bool Files) Of(Argument argument, string path)
    {
        var help = argument.HelpName ?? argument.Name;
        var names = help switch
        {
            _ when path is "lrp create" or "task create" => NameKind.None,
            "CONTEXT" => path == "context set" ? NameKind.None : NameKind.Contexts,
            "CELL" => path is "cell lose" or "cell keep" ? NameKind.AbsentCells : NameKind.Cells,
            _ when help.StartsWith("NAME", StringComparison.Ordinal) && path.StartsWith("lrp ", StringComparison.Ordinal) => NameKind.Lrps,
            "NAME" when path.StartsWith("task ", StringComparison.Ordinal) => NameKind.Tasks,
            "NAME" when path.StartsWith("domain ", StringComparison.Ordinal) => NameKind.Domains,
            _ when help.StartsWith("NAME[/INDEX]", StringComparison.Ordinal) => NameKind.Instances,
            _ => NameKind.None,
        };
        return (Choices(argument.HelpName, argument), names, IsPath(help) || path == "cp");
    }

    private static bool IsPath(string? help) =>
        help?.Split('|').Any(word => word.StartsWith("FILE", StringComparison.Ordinal) || word is "DIR") == true;

    // The alternatives of a help text such as auto|off|FILE; those in capitals stand for something else.
    private static IReadOnlyList<Candidate> Choices(string? help, Symbol symbol)
    {
        var told = help?.Contains('|') == true ? help.Split('|') : [];
        return
        [
            .. told.Where(word =>
                    word.Length > 0 && word.All(letter => char.IsAsciiLetterLower(letter) || letter == '-' || char.IsDigit(letter))
                )
                .Concat(symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label))
                .Distinct(StringComparer.Ordinal)
                .Select(word => new Candidate(word)),
        ];
    }
}
