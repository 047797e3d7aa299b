using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using Scheduler.Client.Output;

namespace Scheduler.Client;

/// <summary>Runs a parsed command line.</summary>
internal static class Invocation
{
    // After Ctrl-C or SIGTERM, a node still stops its containers, each with a grace period of ten seconds; the library's 2 s would leave
    // them running.
    private static readonly TimeSpan TerminationPatience = TimeSpan.FromSeconds(60);

    private static readonly ConditionalWeakTable<Command, Func<ParseResult, bool>> Paged = [];

    /// <summary>Marks a command whose output may be long and is read from its beginning.</summary>
    /// <param name="isWatched">Whether the output goes on instead; null for never.</param>
    public static void MayBePaged(this Command command, Func<ParseResult, bool>? isWatched = null) =>
        Paged.AddOrUpdate(command, parsed => isWatched?.Invoke(parsed) != true);

    /// <summary>Runs it and returns its exit code. Normal failures are reported to <paramref name="error"/>.</summary>
    public static async Task<int> RunAsync(
        ParseResult parsed,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default
    )
    {
        using var pager = Paged.TryGetValue(parsed.CommandResult.Command, out var isPaged) && isPaged(parsed) ? Pager.For(output) : null;
        try
        {
            // Exceptions are reported here: the library's own handler would print a stack trace for every refusal.
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    Output = pager ?? output,
                    Error = error,
                    ProcessTerminationTimeout = parsed.CommandResult.Command is SignalledCommand ? null : TerminationPatience,
                },
                cancellationToken
            );
        }
        catch (Exception expected) when (CommandFailures.IsExpected(expected))
        {
            return CommandFailures.Report(expected, error, CommandPath(parsed));
        }
    }

    /// <summary>The command as typed, without its arguments.</summary>
    public static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
            names.Push(command.Command is RootCommand ? "./scheduler" : command.Command.Name);
        return string.Join(' ', names);
    }
}
