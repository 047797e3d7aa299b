using System.Diagnostics;

namespace Scheduler.Rep.Runtime.Linux;

internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>
/// Targets for the standard streams of a command that must not depend on the rep: files, and one more descriptor to append to.
/// </summary>
internal sealed record DetachedStreams(string Error, string? Descriptor3 = null);

/// <summary>
/// Runs programs of the machine without a shell, with a separate environment and a timeout; their error output goes into
/// the error message.
/// </summary>
internal sealed class Commands(TimeSpan timeout, TimeProvider time)
{
    /// <summary>How much of a program's error output to keep; plugins that fail badly can print pages.</summary>
    private const int LongestError = 4_096;

    // The shell only opens the files and then replaces itself with the program. Descriptor 3 is a file, so that no reader has to stay.
    private const string Launcher = "exec \"$0\" \"$@\" </dev/null >/dev/null 2>>\"$LAUNCH_STDERR\"";
    private const string LauncherWith3 = Launcher + " 3>>\"$LAUNCH_FD3\"";

    /// <summary>Runs a program to its end, with its streams connected to the rep.</summary>
    /// <exception cref="ContainerRuntimeException">It could not be started, or exceeded the timeout and was killed.</exception>
    public async Task<CommandResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        CancellationToken cancellation,
        string? input = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null
    )
    {
        var start = Start(program, arguments, environment);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Launch(start);
        using var limit = new Limit(timeout, time, cancellation);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                if (input is not null)
                    await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading all of its input: its exit code and error output say more than this exception.
            }

            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, await output, Shorten(await error));
        }
        catch (OperationCanceledException)
        {
            await KillAsync(process);
            if (cancellation.IsCancellationRequested)
                throw;
            throw new ContainerRuntimeException($"{program} did not finish within {timeout} and was killed");
        }
    }

    /// <summary>Like <see cref="RunAsync"/>, but an exit code other than 0 is an exception with the program's error output.</summary>
    public async Task<string> RunCheckedAsync(
        string program,
        IReadOnlyList<string> arguments,
        CancellationToken cancellation,
        string? input = null
    )
    {
        var result = await RunAsync(program, arguments, cancellation, input);
        if (result.ExitCode == 0)
            return result.Output;
        throw Failed(program, arguments, result.ExitCode, result.Error);
    }

    /// <summary>
    /// Runs a program whose child processes outlive the rep: all streams are files or /dev/null, so nothing of the rep is inherited and
    /// nothing breaks when the rep ends. Returns the exit code of the program itself.
    /// </summary>
    public async Task<int> RunDetachedAsync(
        string program,
        IEnumerable<string> arguments,
        string directory,
        DetachedStreams streams,
        CancellationToken cancellation,
        IEnumerable<KeyValuePair<string, string>>? environment = null
    )
    {
        var start = Start("/bin/sh", ["-c", streams.Descriptor3 is null ? Launcher : LauncherWith3, program, .. arguments], environment);
        start.WorkingDirectory = directory;
        start.Environment["LAUNCH_STDERR"] = streams.Error;
        if (streams.Descriptor3 is { } descriptor)
            start.Environment["LAUNCH_FD3"] = descriptor;
        using var process = Launch(start);
        using var limit = new Limit(timeout, time, cancellation);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await KillAsync(process);
            if (cancellation.IsCancellationRequested)
                throw;
            throw new ContainerRuntimeException($"{program} did not finish within {timeout} and was killed");
        }
    }

    /// <summary>Starts a program with an empty environment whose streams its caller reads and writes, and which its caller ends.</summary>
    /// <exception cref="ContainerRuntimeException">It could not be started.</exception>
    public static Process Converse(string program, IEnumerable<string> arguments)
    {
        var start = Start(program, arguments, null);
        start.Environment.Clear();
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        return Launch(start);
    }

    public static ContainerRuntimeException Failed(string program, IEnumerable<string> arguments, int exitCode, string error) =>
        new($"{Path.GetFileName(program)} {string.Join(' ', arguments)} failed with exit code {exitCode}: {Shorten(error)}");

    public static string Shorten(string error)
    {
        error = error.Trim();
        return error.Length <= LongestError ? error : string.Concat(error.AsSpan(0, LongestError), "…");
    }

    private static ProcessStartInfo Start(
        string program,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>>? environment
    )
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        start.Environment["PATH"] = Programs.Path;
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return start;
    }

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ContainerRuntimeException($"{start.FileName} could not be started");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new ContainerRuntimeException($"{start.FileName} could not be started: {error.Message}", error);
        }
    }

    private static async Task KillAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private sealed class Limit : IDisposable
    {
        private readonly CancellationTokenSource _timeout;
        private readonly CancellationTokenSource _either;

        public Limit(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
        {
            _timeout = new CancellationTokenSource(timeout, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _timeout.Token);
        }

        public CancellationToken Token => _either.Token;

        public void Dispose()
        {
            _either.Dispose();
            _timeout.Dispose();
        }
    }
}
