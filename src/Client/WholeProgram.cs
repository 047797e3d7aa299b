using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;

namespace Scheduler.Client;

/// <summary>
/// Tells which command lines need the whole program. The thin one has only the client commands, and runs a command line only if it is sure
/// that the whole program would do the same.
/// </summary>
internal static class WholeProgram
{
    private static readonly ConditionalWeakTable<Option, object> Marked = [];
    private static readonly ConditionalWeakTable<Command, Func<ParseResult, bool>> Conditions = [];

    /// <summary>Marks a flag that needs <see cref="IServerCode"/>.</summary>
    public static Option<T> NeedsWholeProgram<T>(this Option<T> option)
    {
        Marked.AddOrUpdate(option, Marked);
        return option;
    }

    /// <summary>Marks a command that needs the whole program for some of its arguments.</summary>
    public static void NeedsWholeProgramWhen(this Command command, Func<ParseResult, bool> isNeeded) =>
        Conditions.AddOrUpdate(command, isNeeded);

    /// <summary>
    /// Whether the whole program must run it: something in it is not known here, which may be an error or not; it asks for help, a version
    /// or a completion; or it has a marked flag.
    /// </summary>
    /// <param name="parsed">Parsed with the client commands only.</param>
    public static bool IsNeededFor(ParseResult parsed) =>
        parsed.Errors.Count > 0
        || parsed.Action is null
        || parsed.Action != parsed.CommandResult.Command.Action
        || parsed.CommandResult.Children.OfType<OptionResult>().Any(given => !given.Implicit && Marked.TryGetValue(given.Option, out _))
        || (Conditions.TryGetValue(parsed.CommandResult.Command, out var isNeeded) && isNeeded(parsed));
}
