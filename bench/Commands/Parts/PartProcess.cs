using System.Diagnostics;
using System.Globalization;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>A component of the product as a separate process, started through its command line.</summary>
internal sealed class PartProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _logPath;

    private PartProcess(string name, Process process, string logPath)
    {
        (Name, _process, _logPath) = (name, process, logPath);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public string Name { get; }

    public bool HasExited => _process.HasExited;

    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public ProcessUsage Usage => ProcessUsage.Of(_process.Id);

    /// <summary>SIGSTOP: it stops in the middle of whatever it does, and its connections stay open.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => SignalAsync("-STOP", cancellationToken);

    /// <summary>SIGCONT: it continues, and time has passed for it.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => SignalAsync("-CONT", cancellationToken);

    public static PartProcess Start(string name, string directory, IReadOnlyList<string> args)
    {
        // The program built with this benchmark.
        var program = Path.Combine(AppContext.BaseDirectory, "scheduler.dll");
        var logPath = Path.Combine(directory, $"{name}.log");
        // The log goes to a file, not a pipe, so that the process never waits for a reader; exec keeps the process id.
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logPath, "dotnet", program, .. args]
        )
        {
            WorkingDirectory = directory,
        };
        return new PartProcess(name, Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start"), logPath);
    }

    /// <summary>The last lines of its log.</summary>
    public string LogTail(int lines)
    {
        if (!File.Exists(_logPath))
            return "";
        using var reader = new StreamReader(new FileStream(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join('\n', reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(lines));
    }

    /// <summary>SIGKILL: no clean-up.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
    }

    /// <summary>Kills it if it still runs: simulated components leave nothing that needs a clean shutdown.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private Task SignalAsync(string signal, CancellationToken cancellationToken) =>
        Tool.RunAsync("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)], cancellationToken);

    // Leave no processes behind if the benchmark ends without disposing.
    private void OnProcessExit(object? sender, EventArgs e) => Kill();
}
