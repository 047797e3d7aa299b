using System.ComponentModel.DataAnnotations;

namespace Scheduler.Rep.Networking;

/// <summary>The network that a cell's containers share, and how the outside reaches them.</summary>
public sealed class NetworkOptions
{
    public const string Section = "Network";

    /// <summary>Where the CNI plugins bridge, host-local and portmap are. Debian package containernetworking-plugins.</summary>
    public List<string> PluginDirectories { get; set; } = ["/usr/lib/cni", "/opt/cni/bin"];

    /// <summary>Name of the cell's bridge, at most 15 characters. Null: made from the state directory, so that cells of one machine differ.</summary>
    [StringLength(15)]
    public string? Bridge { get; set; }

    /// <summary>The containers' addresses, such as <c>10.254.3.0/24</c>. Null: the first free /24 of <see cref="Pool"/>, kept until clean-up.</summary>
    public string? Subnet { get; set; }

    /// <summary>Where free subnets are taken from: private addresses that ordinary networks seldom use.</summary>
    [Required]
    public string Pool { get; set; } = "10.254.0.0/16";

    /// <summary>Largest packet of the containers' interfaces; 0: the kernel's default of 1500. Lower it where the host's own network has less.</summary>
    [Range(0, 65_535)]
    public int Mtu { get; set; }

    /// <summary>Host ports given to containers: above the kernel's own range for outgoing connections, which ends at 60999.</summary>
    [Range(1, 65_535)]
    public int FirstHostPort { get; set; } = 61_000;

    [Range(1, 65_535)]
    public int LastHostPort { get; set; } = 65_535;

    /// <summary>Shared by all cells of a machine, so that they do not give out the same port or subnet.</summary>
    [Required]
    public string LeaseDirectory { get; set; } = "/run/scheduler/leases";
}
