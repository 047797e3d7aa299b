using System.CommandLine;
using Scheduler.Cli.Services;

namespace Scheduler.Cli;

/// <summary>From the words of a command line to an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        try
        {
            var root = CommandTree.Create(SettingSource.Load(args));
            var parsed = root.Parse(args);
            if (parsed.Errors.Count > 0)
            {
                foreach (var message in Complaints(parsed))
                    error.WriteLine($"error: {message}");
                error.WriteLine($"hint: {CommandPath(parsed)} --help lists what it takes");
                return ExitCodes.BadInput;
            }

            // Ours to report: the library's own handler would print a stack for every refusal.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        }
        catch (Exception expected) when (CommandFailures.IsExpected(expected))
        {
            return CommandFailures.Report(expected, error);
        }
    }

    // A word that fits nowhere is the cause; what the parser misses because of it is not worth a line.
    private static IEnumerable<string> Complaints(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0)
            return parsed.Errors.Select(problem => problem.Message).Distinct();
        return parsed.UnmatchedTokens.Select(word => Spelling.Unknown(word, CommandPath(parsed), parsed.CommandResult));
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
            names.Push(command.Command is RootCommand ? "./scheduler" : command.Command.Name);
        return string.Join(' ', names);
    }
}
