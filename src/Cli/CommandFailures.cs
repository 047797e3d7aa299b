using Scheduler.Models;

namespace Scheduler.Cli;

/// <summary>How a failed command ends: one line that says what is wrong, one that says what to do, and the exit code.</summary>
internal static class CommandFailures
{
    /// <summary>Exceptions that are ordinary ends of a command; any other is a fault of the program and keeps its stack.</summary>
    public static bool IsExpected(Exception thrown) => thrown is DomainException or OperationCanceledException;

    public static int Report(Exception thrown, TextWriter error)
    {
        if (thrown is not DomainException domain)
            return ExitCodes.Interrupted;
        foreach (var line in Lines(domain.Error))
            error.WriteLine($"error: {line}");
        if (Hint(domain.Kind) is { } hint)
            error.WriteLine($"hint: {hint}");
        return ExitCode(domain.Kind);
    }

    public static int ExitCode(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest => ExitCodes.BadInput,
        ErrorKind.NotActive or ErrorKind.Unavailable or ErrorKind.Timeout => ExitCodes.Unreachable,
        ErrorKind.Unknown => ExitCodes.Failed,
        _ => ExitCodes.Refused,
    };

    private static IEnumerable<string> Lines(DomainError error) =>
        error.Violations.Count > 0 ? error.Violations.Select(violation => violation.ToString()) : [error.Message];

    private static string? Hint(ErrorKind kind) => kind switch
    {
        ErrorKind.NotActive or ErrorKind.Unavailable => "is it running? ./scheduler dev starts everything on this machine; --bbs URL names another",
        ErrorKind.PermissionDenied => "--cert, --key and --ca name the certificate that you call with",
        _ => null,
    };
}
