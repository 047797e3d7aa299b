using System.Diagnostics;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>A component of the product as a separate process, started through its command line.</summary>
internal sealed class SchedulerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _logPath;
    private readonly StreamWriter _log;
    private readonly long _logBegan;
    private readonly Task _copying;

    private SchedulerProcess(string name, Process process, string logPath)
    {
        Name = name;
        _process = process;
        _logPath = logPath;
        _log = new StreamWriter(new FileStream(logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _logBegan = _log.BaseStream.Position;
        _copying = Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The program under test, built with these tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "scheduler.dll");

    /// <param name="networkNamespace">The host to run on; null for the machine's own namespace.</param>
    public static SchedulerProcess Start(string name, string directory, string? networkNamespace, params IReadOnlyList<string> args)
    {
        List<string> command = ["dotnet", Program, .. args];
        if (networkNamespace is not null)
            // Not `ip netns exec`: it would give the process its own mount namespace, without cgroups.
            command.InsertRange(0, ["nsenter", $"--net=/run/netns/{networkNamespace}", "--"]);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        // A test machine runs a dozen of these, and each would otherwise start threads and heaps for all cores.
        start.Environment["DOTNET_GCHeapCount"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0";
        // A node tells clients of the same user where it is; not those of another test.
        start.Environment["XDG_RUNTIME_DIR"] = directory;
        return new SchedulerProcess(name, Process.Start(start)!, Path.Combine(directory, $"{name}.log"));
    }

    /// <summary>Its output and log so far, without those of earlier processes of the same name.</summary>
    public string Log
    {
        get
        {
            using var file = new FileStream(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _logBegan;
            return new StreamReader(file).ReadToEnd();
        }
    }

    public async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Wait.Patience);
        await _copying;
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no clean-up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stops in the middle of whatever it does, and its connections stay open.</summary>
    public async Task PauseAsync()
    {
        await Shell.RunAsync("kill", "-STOP", Id.ToString());
        // At this point the signal is only sent.
        await Eventually.EqualAsync(['T'], () => [State()]);
    }

    /// <summary>SIGCONT: it continues, and time has passed for it.</summary>
    public Task ResumeAsync() => Shell.RunAsync("kill", "-CONT", Id.ToString());

    /// <summary>SIGTERM, then waits for the process to end on its own.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
            await Shell.TryAsync("kill", "-15", Id.ToString());
        await _process.WaitForExitAsync().WaitAsync(Wait.Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _copying;
        await _log.DisposeAsync();
        _process.Dispose();
    }

    // The letter after the name, which is in parentheses and may contain any character.
    private char State() => File.ReadAllText($"/proc/{Id}/stat").Split(") ")[^1][0];

    private async Task CopyAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_log)
                _log.WriteLine(line);
        }
    }
}
