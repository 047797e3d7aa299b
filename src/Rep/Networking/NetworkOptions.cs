using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Networking;

/// <summary>What a container without egress rules of its own reaches.</summary>
public enum EgressDefault
{
    /// <summary>The world, but not the host, other containers, or link-local addresses such as the clouds' metadata services.</summary>
    Allow,

    /// <summary>Its name servers.</summary>
    Deny,
}

/// <summary>With which containers of its cell a container exchanges packets whose work does not say.</summary>
public enum ContainerToContainer
{
    Deny,

    /// <summary>Instances of the same LRP.</summary>
    Lrp,

    /// <summary>Those of the same domain that are of this mind too.</summary>
    Domain,
}

/// <summary>The network that a cell's containers share, and how the outside reaches them.</summary>
public sealed class NetworkOptions : IValidatableObject
{
    /// <summary>Where the CNI plugins bridge and host-local are. Debian package containernetworking-plugins.</summary>
    [Setting("Directories of the CNI plugins", Name = "cni-plugin-directory")]
    public List<string> PluginDirectories { get; set; } = ["/usr/lib/cni", "/opt/cni/bin"];

    /// <summary>Name of the cell's bridge, at most 15 characters. Null: made from the state directory, so that cells of one machine differ.</summary>
    [StringLength(15)]
    [Setting("Name of the cell's bridge; empty: made from the state directory")]
    public string? Bridge { get; set; }

    /// <summary>The containers' addresses, such as <c>10.254.3.0/24</c>. Null: the first free /24 of <see cref="Pool"/>, kept until clean-up.</summary>
    public string? Subnet { get; set; }

    /// <summary>Where free subnets are taken from: private addresses that ordinary networks seldom use.</summary>
    [Required]
    [Setting("Network from which a free subnet is taken when --subnet is not set", Name = "subnet-pool")]
    public string Pool { get; set; } = "10.254.0.0/16";

    /// <summary>Largest packet of the containers' interfaces; 0: the kernel's default of 1500. Lower it where the host's own network has less.</summary>
    [Range(0, 65_535)]
    [Setting("MTU of the containers' interfaces; 0: the kernel's default")]
    public int Mtu { get; set; }

    /// <summary>Host ports given to containers: above the kernel's own range for outgoing connections, which ends at 60999.</summary>
    [Range(1, 65_535)]
    [Setting("First host port for container ports")]
    public int FirstHostPort { get; set; } = 61_000;

    [Range(1, 65_535)]
    [Setting("Last host port for container ports")]
    public int LastHostPort { get; set; } = 65_535;

    /// <summary>Most work calls something outside and was written without egress rules, so that is allowed unless the operator decides otherwise.</summary>
    public EgressDefault DefaultEgress { get; set; } = EgressDefault.Allow;

    /// <summary>Work that trusts its neighbours can say so itself.</summary>
    public ContainerToContainer ContainerToContainer { get; set; } = ContainerToContainer.Deny;

    /// <summary>
    /// Whether containers reach the host ports of this machine's containers. Off: such calls are for whoever comes from outside, and the
    /// address that they go to is the host's.
    /// </summary>
    public bool PublishedPortsFromContainers { get; set; }

    /// <summary>Lines that the egress rules of one container may write to the kernel's log in a second; it is everybody's, and small.</summary>
    [Range(1, 1000)]
    [Setting("Lines per second that the logged egress rules of one container may write to the kernel's log")]
    public int EgressLogsPerSecond { get; set; } = 10;

    /// <summary>How often the packet filter's rules are compared with what they should be: somebody may have flushed them. Takes five short programs.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan RulesCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Shared by all cells of a machine, so that they do not give out the same port or subnet.</summary>
    [Required]
    public string LeaseDirectory { get; set; } = "/run/scheduler/leases";

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        if (LastHostPort < FirstHostPort)
            yield return new ValidationResult("must be at least first-host-port", [nameof(LastHostPort)]);
    }
}
