using System.Net;

namespace Scheduler.Rep.Runtime;

/// <summary>A container as the runtime has it.</summary>
public sealed record ContainerInfo
{
    public required ContainerSpec Spec { get; init; }

    public string Handle => Spec.Handle;

    public required ContainerState State { get; init; }

    /// <summary>Address on the cell's container network; null until the container is <see cref="ContainerState.Ready"/>.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Where its network namespace can be entered on this machine; null for simulated containers.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>In the order of <see cref="ContainerSpec.Ports"/>.</summary>
    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What asks processes to end where the work does not say, as the image has it; null when it has none.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Ids of all processes ever started in it.</summary>
    public IReadOnlyList<string> Processes { get; init; } = [];

    /// <summary>Where the container's files are on the host, for people who look; null for simulated containers.</summary>
    public string? Directory { get; init; }
}

public enum ContainerState
{
    /// <summary>Creation began and did not finish, because it is under way or because the rep ended in the middle.</summary>
    Creating,

    /// <summary>Processes can be started.</summary>
    Ready,

    /// <summary>It exists on disk, but its first process is gone (a reboot, the kernel's out-of-memory killer): only destroying is left.</summary>
    Stopped,
}

/// <param name="ContainerPort">1 to 65535, as asked for.</param>
/// <param name="HostPort">The port of the cell's addresses that leads to it.</param>
public readonly record struct PortMapping(int ContainerPort, int HostPort);

/// <summary>What a container uses. Cumulative values count from its creation.</summary>
public sealed record ContainerMetrics
{
    public required TimeSpan Cpu { get; init; }

    /// <summary>Working set: usage less the file cache that the kernel would give up first.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>0: unlimited.</summary>
    public required long MemoryLimitBytes { get; init; }

    public required int Pids { get; init; }

    /// <summary>Bytes written over the image. May be as old as <see cref="RuntimeOptions.DiskUsageInterval"/>.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Bytes that may be written over the image; 0: unlimited.</summary>
    public long DiskLimitBytes { get; init; }

    /// <summary>Files, directories and links that lie over the image.</summary>
    public long Inodes { get; init; }

    /// <summary>How often the kernel killed a process of this container for want of memory.</summary>
    public required long OutOfMemoryKills { get; init; }

    public required long ReceivedBytes { get; init; }

    public required long SentBytes { get; init; }
}
