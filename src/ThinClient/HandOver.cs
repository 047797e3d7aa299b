using System.Runtime.InteropServices;

namespace Scheduler.ThinClient;

/// <summary>Replaces this program by the whole one, in the same process.</summary>
internal static partial class HandOver
{
    /// <summary>Path of a program to run instead, as set by the script that starts this one: it builds the whole program first.</summary>
    private const string Variable = "SCHEDULER_HAND_OVER";

    private const int BrokenPipe = 13;

    /// <returns>Only if that fails: an exit code.</returns>
    public static int Run(string[] args)
    {
        string[] command = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } script
            ? [script, .. args]
            : ["dotnet", Path.Combine(AppContext.BaseDirectory, "scheduler.dll"), .. args];
        // This runtime ignores the signal, and programs inherit that.
        _ = Signal(BrokenPipe, 0);
        _ = Execute(command[0], [.. command, null]);
        Console.Error.WriteLine(
            $"error: cannot run {string.Join(' ', command.SkipLast(args.Length))}: {Marshal.GetLastPInvokeErrorMessage()}"
        );
        return 1;
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string file, string?[] arguments);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int signal, nint handler);
}
