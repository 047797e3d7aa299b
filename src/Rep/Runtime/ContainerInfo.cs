using System.Net;

namespace Scheduler.Rep.Runtime;

/// <summary>A container as reported by the runtime.</summary>
public sealed record ContainerInfo
{
    public required ContainerSpec Spec { get; init; }

    public string Handle => Spec.Handle;

    public required ContainerState State { get; init; }

    /// <summary>Address on the cell's container network; null until the container is <see cref="ContainerState.Ready"/>.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Path of its network namespace on this machine; null for simulated containers.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>In the order of <see cref="ContainerSpec.Ports"/>.</summary>
    public IReadOnlyList<PortMapping> Ports { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The image's stop signal, used if the work does not set one; null if the image has none.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Ids of all processes ever started in it.</summary>
    public IReadOnlyList<string> Processes { get; init; } = [];

    /// <summary>Host path of the container's files, for people who inspect it; null for simulated containers.</summary>
    public string? Directory { get; init; }
}

public enum ContainerState
{
    /// <summary>Creation has begun but not finished: it is in progress, or the rep ended in the middle of it.</summary>
    Creating,

    /// <summary>Processes can be started.</summary>
    Ready,

    /// <summary>It exists on disk, but its first process is gone (a reboot, the out-of-memory killer): it can only be destroyed.</summary>
    Stopped,
}

/// <param name="ContainerPort">1 to 65535, as requested.</param>
/// <param name="HostPort">The port on the cell's addresses that is mapped to it.</param>
public readonly record struct PortMapping(int ContainerPort, int HostPort);

/// <summary>Resource usage of a container. Cumulative values count from its creation.</summary>
public sealed record ContainerMetrics
{
    public required TimeSpan Cpu { get; init; }

    /// <summary>Working set: usage without the file cache that the kernel would reclaim first.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>0: unlimited.</summary>
    public required long MemoryLimitBytes { get; init; }

    public required int Pids { get; init; }

    /// <summary>Bytes written on top of the image. May be as old as <see cref="RuntimeOptions.DiskUsageInterval"/>.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Limit of the bytes written on top of the image; 0: unlimited.</summary>
    public long DiskLimitBytes { get; init; }

    /// <summary>Files, directories and links on top of the image.</summary>
    public long Inodes { get; init; }

    /// <summary>Number of out-of-memory kills in this container.</summary>
    public required long OutOfMemoryKills { get; init; }

    public required long ReceivedBytes { get; init; }

    public required long SentBytes { get; init; }
}
