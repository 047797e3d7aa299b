using Scheduler.Models;

namespace Scheduler.Client;

/// <summary>Reports a failed command: one line with the error, one with a hint, and the exit code.</summary>
internal static class CommandFailures
{
    /// <summary>Exceptions that are normal failures of a command. Any other exception is a bug, and its stack trace is shown.</summary>
    public static bool IsExpected(Exception thrown) => thrown is DomainException or OperationCanceledException;

    /// <param name="command">The command as typed, for the hint.</param>
    public static int Report(Exception thrown, TextWriter error, string command)
    {
        if (thrown is not DomainException domain)
            return ExitCodes.Interrupted;
        foreach (var line in Lines(domain.Error))
            error.WriteLine($"error: {line}");
        if (Hint(domain.Error, command) is { } hint)
            error.WriteLine($"hint: {hint}");
        return ExitCode(domain.Error);
    }

    /// <summary>An error that names fields counts as bad input, whatever its kind.</summary>
    public static int ExitCode(DomainError error) =>
        error.Kind switch
        {
            _ when error.Violations.Count > 0 => ExitCodes.BadInput,
            ErrorKind.InvalidRequest => ExitCodes.BadInput,
            ErrorKind.NotActive or ErrorKind.Unavailable or ErrorKind.Timeout => ExitCodes.Unreachable,
            ErrorKind.Unknown => ExitCodes.Failed,
            _ => ExitCodes.Refused,
        };

    private static IEnumerable<string> Lines(DomainError error) =>
        error.Violations.Count > 0 ? error.Violations.Select(violation => violation.ToString()) : [error.Message];

    private static string? Hint(DomainError error, string command) =>
        error.Kind switch
        {
            _ when error.Violations.Count > 0 => $"nothing was done; see {command} --help",
            ErrorKind.NotActive or ErrorKind.Unavailable =>
                "is the server running? ./scheduler dev starts one on this machine; --bbs URL selects another",
            ErrorKind.PermissionDenied => "set the client certificate with --cert, --key and --ca",
            _ => null,
        };
}
