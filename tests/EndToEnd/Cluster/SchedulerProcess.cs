using System.Diagnostics;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>One part of the product as a process of its own, started through its command line.</summary>
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

    /// <summary>The program under test: the one that was built with these tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "scheduler.dll");

    /// <param name="networkNamespace">The host it runs on; null for the machine's own.</param>
    public static SchedulerProcess Start(string name, string directory, string? networkNamespace, params IReadOnlyList<string> args)
    {
        List<string> command = ["dotnet", Program, .. args];
        if (networkNamespace is not null)
            // Not `ip netns exec`: it would give the process a mount namespace of its own, without cgroups.
            command.InsertRange(0, ["nsenter", $"--net=/run/netns/{networkNamespace}", "--"]);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        // A test machine runs a dozen of these: without this each would start threads and heaps for all cores.
        start.Environment["DOTNET_GCHeapCount"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new SchedulerProcess(name, Process.Start(start)!, Path.Combine(directory, $"{name}.log"));
    }

    /// <summary>All that it has printed and logged so far, without what an earlier one of its name did.</summary>
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

    /// <summary>SIGKILL: no clean-up, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stands still in the middle of whatever it did, and its connections stay open.</summary>
    public async Task PauseAsync()
    {
        await Shell.RunAsync("kill", "-STOP", Id.ToString());
        // The signal is only sent then.
        await Eventually.EqualAsync(['T'], () => [State()]);
    }

    /// <summary>SIGCONT: it goes on, and time has passed for it.</summary>
    public Task ResumeAsync() => Shell.RunAsync("kill", "-CONT", Id.ToString());

    /// <summary>SIGTERM, then waits for the process to end by itself.</summary>
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

    // The letter behind the name, which is in brackets and may have any character.
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
