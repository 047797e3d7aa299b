using Scheduler.Rep.Runtime;

namespace Scheduler.Simulation.Machines;

/// <summary>A process whose signals are reported before they are delivered.</summary>
internal sealed class WatchedProcess(IContainerProcess process, Action<ProcessSignal> signalled) : IContainerProcess
{
    public string Id => process.Id;

    public int Pid => process.Pid;

    public DateTimeOffset StartedAt => process.StartedAt;

    public Task<ProcessExit> Exit => process.Exit;

    public Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation)
    {
        if (!process.Exit.IsCompleted)
            signalled(signal);
        return process.SignalAsync(signal, cancellation);
    }
}
