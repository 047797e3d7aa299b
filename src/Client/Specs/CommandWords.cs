using System.CommandLine;
using System.CommandLine.Parsing;
using Scheduler.Models;

namespace Scheduler.Client.Specs;

/// <summary>Arguments of which those after <c>--</c> are a command line; the parser puts them among the others.</summary>
internal static class CommandWords
{
    /// <returns>The words before and after <c>--</c>.</returns>
    /// <exception cref="DomainException">A word before it is an unknown flag.</exception>
    public static (string[] Before, string[] After) Split(ParseResult parsed, string[] words)
    {
        var dash = parsed.Tokens.ToList().FindIndex(token => token.Type == TokenType.DoubleDash);
        var commandLength = dash < 0 ? 0 : parsed.Tokens.Count - dash - 1;
        var (before, after) = (words[..^commandLength], words[^commandLength..]);
        if (before.FirstOrDefault(word => word.StartsWith('-')) is { } flag)
            throw new DomainError(ErrorKind.InvalidRequest, Spelling.Unknown(flag, "this command", parsed.CommandResult)).ToException();
        return (before, after);
    }
}
