using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Networking;

/// <summary>Networks that a container without egress rules can reach.</summary>
public enum EgressDefault
{
    /// <summary>Everything except the host, other containers, and link-local addresses such as the clouds' metadata services.</summary>
    Allow,

    /// <summary>Only its name servers.</summary>
    Deny,
}

/// <summary>The containers of the cell with which a container exchanges packets if its work does not say.</summary>
public enum ContainerToContainer
{
    Deny,

    /// <summary>Instances of the same LRP.</summary>
    Lrp,

    /// <summary>Containers of the same domain that have this policy too.</summary>
    Domain,
}

/// <summary>The network of a cell's containers, and its access from outside.</summary>
public sealed class NetworkOptions : IValidatableObject
{
    /// <summary>
    /// Name of the cell's bridge, at most 15 characters. Null: derived from the state directory, so that cells of one machine differ.
    /// </summary>
    [StringLength(15)]
    [Setting("Name of the cell's bridge; empty: derived from the state directory")]
    public string? Bridge { get; set; }

    /// <summary>
    /// The containers' subnet, such as <c>10.254.3.0/24</c>. Null: the first free /24 of <see cref="Pool"/>, kept until clean-up.
    /// </summary>
    [Setting("Subnet of the containers (default: the first free /24 of 10.254.0.0/16)", Value = "CIDR", Common = true)]
    public string? Subnet { get; set; }

    /// <summary>Network from which free subnets are taken: private addresses that few networks use.</summary>
    [Required]
    [Setting("Network from which a free subnet is taken when --subnet is not set", Name = "subnet-pool")]
    public string Pool { get; set; } = "10.254.0.0/16";

    /// <summary>
    /// MTU of the containers' interfaces; 0: the kernel's default of 1500. Lower it if the MTU of the host's own network is lower.
    /// </summary>
    [Range(0, 65_535)]
    [Setting("MTU of the containers' interfaces; 0: the kernel's default")]
    public int Mtu { get; set; }

    /// <summary>Host ports for containers: above the kernel's own range for outgoing connections, which ends at 60999.</summary>
    [Range(1, 65_535)]
    [Setting("First host port for container ports")]
    public int FirstHostPort { get; set; } = 61_000;

    [Range(1, 65_535)]
    [Setting("Last host port for container ports")]
    public int LastHostPort { get; set; } = 65_535;

    /// <summary>Name servers of containers. Empty: those of the host that a container can reach, with the host's search domains.</summary>
    [Setting("Name servers of containers, at most 3; default: the host's that containers can reach", Name = "dns", Common = true)]
    public List<string> DnsServers { get; set; } = [];

    /// <summary>Domains in which containers look up short names. Empty: the host's, unless <see cref="DnsServers"/> is set.</summary>
    [Setting("Domains in which containers look up short names; default: the host's, unless --dns is set", Name = "dns-search")]
    public List<string> DnsSearch { get; set; } = [];

    /// <summary>Options of the containers' resolvers. Empty: the host's, unless <see cref="DnsServers"/> is set.</summary>
    [Setting("Options of the containers' resolvers such as ndots:2; default: the host's, unless --dns is set", Name = "dns-option")]
    public List<string> DnsOptions { get; set; } = [];

    /// <summary>
    /// Most work calls external services and has no egress rules, so this is allowed unless the operator decides otherwise.
    /// </summary>
    [Setting(
        "Egress of containers without egress rules: allow (all but the host, other containers and link-local addresses), "
            + "deny (name servers only)",
        Common = true
    )]
    public EgressDefault DefaultEgress { get; set; } = EgressDefault.Allow;

    /// <summary>Work that trusts its neighbours can set its own policy.</summary>
    [Setting(
        "Traffic between containers of a cell unless their work sets it: deny, lrp (within an LRP), domain (within a domain)",
        Common = true
    )]
    public ContainerToContainer ContainerToContainer { get; set; } = ContainerToContainer.Deny;

    /// <summary>
    /// Whether containers reach the host ports of this machine's containers. Off by default: host ports are for external callers, and
    /// their address is the host's.
    /// </summary>
    [Setting("Let containers reach the mapped ports of this machine's containers (default: external callers only)", Common = true)]
    public bool PublishedPortsFromContainers { get; set; }

    /// <summary>
    /// Lines per second that one container's egress rules may write to the kernel log, which is small and shared by the whole machine.
    /// </summary>
    [Range(1, 1000)]
    [Setting("Maximum number of lines per second that one container's egress rules write to the kernel log")]
    public int EgressLogsPerSecond { get; set; } = 10;

    /// <summary>
    /// Interval between checks of the packet filter rules, which other programs may flush. A check runs five short programs.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    [Setting("How often the cell checks its packet filter rules and restores those that another program removed", Common = true)]
    public TimeSpan RulesCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext context)
    {
        if (LastHostPort < FirstHostPort)
            yield return new ValidationResult("must be at least first-host-port", [nameof(LastHostPort)]);
        if (!DnsServers.All(ResolverSettings.IsServer) || DnsServers.Count > ResolverSettings.MostServers)
            yield return new ValidationResult(
                $"must be at most {ResolverSettings.MostServers} IPv4 addresses that containers can reach, so none of loopback",
                [nameof(DnsServers)]
            );
        if (!DnsSearch.All(ResolverSettings.IsDomain) || DnsSearch.Count > ResolverSettings.MostDomains)
            yield return new ValidationResult($"must be at most {ResolverSettings.MostDomains} domain names", [nameof(DnsSearch)]);
        if (!DnsOptions.All(ResolverSettings.IsOption) || DnsOptions.Count > ResolverSettings.MostOptions)
            yield return new ValidationResult(
                $"must be at most {ResolverSettings.MostOptions} options such as ndots:2 or rotate",
                [nameof(DnsOptions)]
            );
    }
}
