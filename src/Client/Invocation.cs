using System.CommandLine;
using System.CommandLine.Parsing;

namespace Scheduler.Client;

/// <summary>Runs a parsed command line.</summary>
internal static class Invocation
{
    // After Ctrl-C or SIGTERM, a node still stops its containers, each with a grace period of ten seconds; the library's 2 s would leave
    // them running.
    private static readonly TimeSpan TerminationPatience = TimeSpan.FromSeconds(60);

    /// <summary>Runs it and returns its exit code. Normal failures are reported to <paramref name="error"/>.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error)
    {
        try
        {
            // Exceptions are reported here: the library's own handler would print a stack trace for every refusal.
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    Output = output,
                    Error = error,
                    ProcessTerminationTimeout = parsed.CommandResult.Command is SignalledCommand ? null : TerminationPatience,
                }
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
