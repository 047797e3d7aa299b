using System.Text.RegularExpressions;

namespace Scheduler.Client.Output;

/// <summary>Colours states in lines that have been laid out, because escape sequences would count as their width.</summary>
internal static partial class Colors
{
    private const string Bold = "\e[1m";
    private const string Red = "\e[31m";
    private const string Green = "\e[32m";
    private const string Yellow = "\e[33m";
    private const string Reset = "\e[0m";

    /// <summary>Whether the user wants none, wherever the output goes: https://no-color.org.</summary>
    public static bool AreUnwanted =>
        Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") is "dumb";

    public static string Heading(string line) => Bold + line + Reset;

    public static string Line(string line) =>
        State()
            .Replace(
                line,
                match => $"{(match.Value is "RUNNING" or "COMPLETED" ? Green : match.Value is "CRASHED" ? Red : Yellow)}{match}{Reset}"
            );

    [GeneratedRegex(@"(?<=^|\s)(RUNNING|COMPLETED|CRASHED|UNCLAIMED|CLAIMED|PENDING|RESOLVING)(?=\s|$)")]
    private static partial Regex State();
}
