using System.Diagnostics;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>Runs programs of the machine.</summary>
internal static class Tool
{
    /// <exception cref="DomainException">It ended with another exit code than 0; the message has its error output.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode == 0)
            return output;
        throw new DomainError(ErrorKind.Unknown, $"{program} {string.Join(' ', arguments)}: {(await error).Trim()}").ToException();
    }
}
