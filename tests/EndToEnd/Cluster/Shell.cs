using System.Diagnostics;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Runs a program to its end; if it fails, the error contains its output.</summary>
internal static class Shell
{
    public static async Task<string> RunAsync(string program, params string[] args)
    {
        var (code, output) = await TryAsync(program, args);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', args)} exited with {code}: {output}");
    }

    public static async Task<(int Code, string Output)> TryAsync(string program, params string[] args)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        using var deadline = new CancellationTokenSource(Wait.Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, (await output + await error).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', args)} did not end within {Wait.Patience}");
        }
    }
}
