using System.CommandLine;

namespace Scheduler.Cli;

/// <summary>Parses and runs a command line and returns its exit code.</summary>
internal static class CommandLine
{
    /// <param name="extend">Adds the commands of a program that embeds this one.</param>
    public static async Task<int> RunAsync(
        string[] args,
        TextWriter output,
        TextWriter error,
        Action<RootCommand>? extend = null,
        CancellationToken cancellationToken = default
    )
    {
        ParseResult? parsed = null;
        try
        {
            var root = CommandTree.Create(SettingSource.Load(args));
            extend?.Invoke(root);
            parsed = root.Parse(args);
            if (IsUnfinished(parsed))
            {
                // An incomplete command prints the help with its subcommands.
                await parsed
                    .CommandResult.Command.Parse("--help")
                    .InvokeAsync(new InvocationConfiguration { Output = error, Error = error });
                return ExitCodes.BadInput;
            }

            if (parsed.Errors.Count > 0)
            {
                foreach (var message in Complaints(parsed))
                    error.WriteLine($"error: {message}");
                error.WriteLine($"hint: see {Invocation.CommandPath(parsed)} --help");
                return ExitCodes.BadInput;
            }

            return await Invocation.RunAsync(parsed, output, error, cancellationToken);
        }
        catch (Exception expected) when (CommandFailures.IsExpected(expected))
        {
            return CommandFailures.Report(expected, error, parsed is null ? "./scheduler" : Invocation.CommandPath(parsed));
        }
    }

    private static bool IsUnfinished(ParseResult parsed) =>
        parsed is { Errors.Count: > 0, UnmatchedTokens.Count: 0, CommandResult.Command: { Subcommands.Count: > 0, Action: null } };

    // If a word is unknown, it is the cause; errors that the parser reports as a consequence are dropped.
    private static IEnumerable<string> Complaints(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0)
            return parsed.Errors.Select(problem => problem.Message).Distinct();
        return parsed.UnmatchedTokens.Select(word => Spelling.Unknown(word, Invocation.CommandPath(parsed), parsed.CommandResult));
    }
}
