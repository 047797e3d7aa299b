using System.Diagnostics;

namespace Scheduler.Bench.Commands.Load;

/// <summary>Processes that do nothing but keep a processor busy, until this object is disposed.</summary>
internal sealed class BusyProcesses : IDisposable
{
    private readonly List<Process> _processes = [];

    public BusyProcesses(int count)
    {
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        for (var i = 0; i < count; i++)
            _processes.Add(Process.Start("/bin/sh", ["-c", "while :; do :; done"]));
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Kill();
        foreach (var process in _processes)
            process.Dispose();
    }

    private void OnProcessExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
