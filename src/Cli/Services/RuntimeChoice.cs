using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Cli.Services;

/// <summary>Which driver a cell uses, and why.</summary>
internal sealed record RuntimeChoice(RuntimeKind Kind, string Reason)
{
    /// <param name="asked">The option.</param>
    /// <param name="candidates">
    /// The drivers that <see cref="RuntimeKind.Auto"/> chooses from, best first, each with a function that returns what the machine lacks for
    /// it; null if it lacks nothing. Functions after the first usable driver are not called.
    /// </param>
    /// <exception cref="DomainException">No driver is usable; the message says what each one lacks.</exception>
    public static RuntimeChoice Of(RuntimeKind asked, IReadOnlyList<(RuntimeKind Kind, Func<string?> Lacks)> candidates)
    {
        if (asked != RuntimeKind.Auto)
            return new RuntimeChoice(asked, "it was asked for");
        var lacking = new List<string>();
        foreach (var (kind, lacks) in candidates)
        {
            if (lacks() is not { } what)
                return new RuntimeChoice(kind, lacking.Count == 0 ? "its programs are there" : string.Join("; ", lacking));
            lacking.Add($"no {kind.ToString().ToLowerInvariant()}: {what}");
        }

        throw new DomainError(
            ErrorKind.Unknown,
            $"this machine has no container runtime that --runtime auto can use: {string.Join("; ", lacking)}"
        ).ToException();
    }
}
