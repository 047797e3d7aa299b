namespace Scheduler.Rep.Runtime;

/// <summary>What a container must be. Persisted as given, and compared as a whole when it is asked for again.</summary>
public sealed record ContainerSpec
{
    /// <summary>The container's guid: 1 to 128 characters of <c>A-Z a-z 0-9 _ . -</c>, beginning with a letter or digit.</summary>
    public required string Handle { get; init; }

    /// <summary><c>oci:///path/to/layout[:tag]</c>, <c>oci:///path/to/image.tar[:tag]</c> or <c>preloaded:NAME</c>.</summary>
    public required string RootFs { get; init; }

    public ContainerLimits Limits { get; init; } = new();

    /// <summary>Environment of every process, after the image's own and before the process's; a later name wins.</summary>
    public IReadOnlyList<EnvironmentVariable> Environment { get; init; } = [];

    public IReadOnlyList<BindMount> Mounts { get; init; } = [];

    /// <summary>Ports inside the container that get a port of the host, 1 to 65535, each once.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>All capabilities, nothing masked, new privileges allowed. The container still has namespaces of its own.</summary>
    public bool Privileged { get; init; }

    /// <summary>Capabilities over those that every container's root has, such as <c>CAP_NET_RAW</c>; they reach as far as the container's user namespace does.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>The caller's own notes, kept on disk and given back by listing.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>What the container may call, in the order in which it is looked at. Null: the cell's default.</summary>
    public IReadOnlyList<EgressRule>? Egress { get; init; }

    /// <summary>Null: the first 12 characters of the handle.</summary>
    public string? Hostname { get; init; }

    /// <summary>Name servers for <c>/etc/resolv.conf</c>. Empty: those of the host that are reachable from a container.</summary>
    public IReadOnlyList<string> DnsServers { get; init; } = [];
}

/// <summary>0 is unlimited, everywhere.</summary>
public sealed record ContainerLimits
{
    public int MemoryMb { get; init; }

    /// <summary>Kept and reported, not enforced: overlay upper directories have no quota of their own.</summary>
    public int DiskMb { get; init; }

    /// <summary>Processes and threads of the caller's; the runtime's own are added on top.</summary>
    public int MaxPids { get; init; }

    /// <summary>Relative weight as in cgroup v1 (1024 is one ordinary share); translated for v2. 0: the kernel's default.</summary>
    public int CpuShares { get; init; }
}

/// <summary>A file or directory of the host seen inside the container.</summary>
/// <param name="Source">Absolute path on the host; must exist when the container is made.</param>
/// <param name="Destination">Absolute path in the container.</param>
public sealed record BindMount(string Source, string Destination, bool ReadOnly = true);

public sealed record EnvironmentVariable(string Name, string Value);
