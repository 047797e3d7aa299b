using System.Net;

namespace Scheduler.Rep.Runtime.Simulated;

internal sealed class SimulatedContainer(ContainerSpec spec, DateTimeOffset createdAt, long number)
{
    public ContainerSpec Spec { get; } = spec;

    /// <summary>Number of containers created before it.</summary>
    public long Number { get; } = number;

    public Dictionary<string, SimulatedProcess> Processes { get; } = [];

    public TaskCompletionSource<ContainerInfo> Created { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ContainerState State { get; set; } = ContainerState.Creating;

    public IPAddress? Address { get; set; }

    public IReadOnlyList<PortMapping> Ports { get; set; } = [];

    public string? StopSignal { get; set; }

    public SimulatedContainer Same(ContainerSpec asked)
    {
        ContainerSpecRules.CheckSame(Spec, asked);
        return this;
    }

    public ContainerInfo Info() =>
        new()
        {
            Spec = Spec,
            State = State,
            Address = Address,
            Ports = Ports,
            StopSignal = StopSignal,
            CreatedAt = createdAt,
            Processes = [.. Processes.Keys],
        };

    public ContainerMetrics Metrics(DateTimeOffset now) =>
        new()
        {
            // A tenth of a core per running process, so that graphs show activity.
            Cpu = (now - createdAt) * 0.1 * Processes.Values.Count(process => !process.Exit.IsCompleted),
            MemoryBytes = (long)Spec.Limits.MemoryMb << 19,
            MemoryLimitBytes = (long)Spec.Limits.MemoryMb << 20,
            Pids = 1 + Processes.Values.Count(process => !process.Exit.IsCompleted),
            DiskBytes = 0,
            OutOfMemoryKills = 0,
            ReceivedBytes = 0,
            SentBytes = 0,
        };
}
