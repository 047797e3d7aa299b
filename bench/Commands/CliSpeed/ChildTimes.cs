using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Scheduler.Bench.Commands.CliSpeed;

/// <summary>One run of a program.</summary>
/// <param name="Wall">From its start until its end was noticed.</param>
/// <param name="Cpu">Processor time in user and system mode, with that of the programs that it started and waited for.</param>
internal readonly record struct ChildTimes(TimeSpan Wall, TimeSpan Cpu)
{
    private const int Children = -1;

    /// <summary>Runs a program to its end. Only one at a time: the kernel adds up what all children have used.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static async Task<ChildTimes> OfAsync(ProcessStartInfo start, TimeProvider time, CancellationToken cancellationToken)
    {
        var before = Used();
        var began = time.GetTimestamp();
        using var process = Process.Start(start) ?? throw new InvalidOperationException(start.FileName);
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken),
            process.StandardError.ReadToEndAsync(cancellationToken)
        );
        await process.WaitForExitAsync(cancellationToken);
        var wall = time.GetElapsedTime(began);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} exited with {process.ExitCode}: {await output}{await error}");
        return new ChildTimes(wall, Used() - before);
    }

    private static TimeSpan Used()
    {
        // struct rusage begins with two pairs of seconds and microseconds: in user mode, in system mode.
        var usage = new long[18];
        if (GetUsage(Children, usage) != 0)
            throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
        return TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]);
    }

    [DllImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static extern int GetUsage(int who, [Out] long[] usage);
}
