using System.Text.Json.Serialization;
using Scheduler.Models;

namespace Scheduler.Rep.Runtime;

/// <summary>The specification of a container. Persisted as given, and compared as a whole when the container is requested again.</summary>
public sealed record ContainerSpec
{
    /// <summary>The container's GUID: 1 to 128 characters of <c>A-Z a-z 0-9 _ . -</c>, starting with a letter or digit.</summary>
    public required string Handle { get; init; }

    /// <summary>
    /// <c>oci:///path/to/layout[:tag]</c>, <c>oci:///path/to/image.tar[:tag]</c>,
    /// <c>docker://[host/]repository[:tag][@digest]</c> or <c>preloaded:NAME</c>.
    /// </summary>
    public required string RootFs { get; init; }

    /// <summary>For the image's registry. Null: those that the cell has for it. Part of no record: it counts when the container is made.</summary>
    [JsonIgnore]
    public RegistryCredentials? ImageCredentials { get; init; }

    /// <summary>Null: the cell's. Part of no record either.</summary>
    [JsonIgnore]
    public ImagePullPolicy? PullPolicy { get; init; }

    public ContainerLimits Limits { get; init; } = new();

    /// <summary>Environment of every process, after the image's and before the process's own; a later value of a name wins.</summary>
    public IReadOnlyList<EnvironmentVariable> Environment { get; init; } = [];

    public IReadOnlyList<BindMount> Mounts { get; init; } = [];

    /// <summary>Container ports that are mapped to host ports: 1 to 65535, no duplicates.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>All capabilities, no masked paths, new privileges allowed. The container still has its own namespaces.</summary>
    public bool Privileged { get; init; }

    /// <summary>
    /// Capabilities beyond the default set of root, such as <c>CAP_NET_RAW</c>; limited to the container's user namespace.
    /// </summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>
    /// Id of the process that the caller starts first, and after whose end it starts no other one; the runtime can then start the container
    /// together with it. Processes that this one has left behind run on. Null: any process may be started at any time.
    /// </summary>
    public string? MainProcess { get; init; }

    /// <summary>The caller's metadata, kept on disk and returned when containers are listed.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Egress rules, in order of evaluation. Null: the cell's default.</summary>
    public IReadOnlyList<EgressRule>? Egress { get; init; }

    /// <summary>Null: the first 12 characters of the handle.</summary>
    public string? Hostname { get; init; }

    /// <summary>Name servers for <c>/etc/resolv.conf</c>. Empty: those of the host that a container can reach.</summary>
    public IReadOnlyList<string> DnsServers { get; init; } = [];
}

/// <summary>Limits of a container; 0 always means unlimited.</summary>
public sealed record ContainerLimits
{
    public int MemoryMb { get; init; }

    /// <summary>Megabytes that the container may write on top of the image; enforced as <see cref="RuntimeOptions.DiskQuota"/> says.</summary>
    public int DiskMb { get; init; }

    /// <summary>Processes and threads of the caller; the runtime's own are added on top.</summary>
    public int MaxPids { get; init; }

    /// <summary>Relative CPU weight as in cgroup v1 (1024 is one normal share); converted for v2. 0: the kernel's default.</summary>
    public int CpuShares { get; init; }
}

/// <summary>A bind mount of a host file or directory.</summary>
/// <param name="Source">Absolute path on the host; must exist when the container is created.</param>
/// <param name="Destination">Absolute path in the container.</param>
public sealed record BindMount(string Source, string Destination, bool ReadOnly = true)
{
    /// <summary>
    /// The source is a directory that belongs to somebody other than the cell. No part of its path may be a symbolic link, and where the
    /// kernel can, the container's users own what has their number in it.
    /// </summary>
    public bool IsForeign { get; init; }
}

public sealed record EnvironmentVariable(string Name, string Value);
