using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep;

/// <summary>One cell: who it is, what it has, and how patient it is.</summary>
/// <remarks>Adding a setting: a property with a reasoned default here, a rule in <see cref="RepOptionsRules"/> where a range does not say it all.</remarks>
public sealed class RepOptions
{
    /// <summary>Unique among all cells: 1 to 255 characters of <c>A-Z a-z 0-9 _ . -</c>.</summary>
    public string CellId { get; set; } = "";

    /// <summary>Where instances of one process are spread over.</summary>
    public string Zone { get; set; } = "";

    /// <summary>Position of the cell in its deployment; only bin packing looks at it.</summary>
    public int CellIndex { get; set; }

    /// <summary>Memory for containers in MB; null: what the machine has.</summary>
    public int? MemoryMb { get; set; }

    /// <summary>Disk for containers in MB; null: what is free below <see cref="StateDirectory"/> when the cell starts without containers.</summary>
    public int? DiskMb { get; set; }

    /// <summary>Diego's usual: 250 of the runtime, one of which is kept for the health check.</summary>
    [Range(1, 100_000)]
    public int MaxContainers { get; set; } = 249;

    /// <summary>Schemes of root filesystem URLs of which any is taken.</summary>
    [Setting("Schemes of root filesystem URLs that the cell accepts", Name = "rootfs-scheme")]
    public List<string> RootFsSchemes { get; set; } = ["oci"];

    /// <summary>Names that <c>preloaded:NAME</c> may have; the runtime's list says where they are.</summary>
    public List<string> PreloadedRootFs { get; set; } = [];

    /// <summary>Tags that work must ask for to come here.</summary>
    public List<string> PlacementTags { get; set; } = [];

    /// <summary>Tags that work may ask for.</summary>
    public List<string> OptionalPlacementTags { get; set; } = [];

    /// <summary>What work may ask for here that other work cannot do: <c>privileged</c>, and names of capabilities such as <c>CAP_NET_RAW</c>.</summary>
    public List<string> Privileges { get; set; } = [];

    /// <summary>Memory in MB that a container gets at most when its work names none; 0: all that the machine has. It is a limit, not a reservation.</summary>
    [Range(0, int.MaxValue)]
    public int DefaultMemoryMb { get; set; } = 1024;

    /// <summary>Processes and threads of a container whose work names no number; 0: as many as the machine can. Large language runtimes use hundreds.</summary>
    [Range(0, int.MaxValue)]
    public int DefaultMaxPids { get; set; } = 1024;

    /// <summary>IP address at which routers and clients reach the host ports of this cell's containers.</summary>
    public string AdvertiseAddress { get; set; } = "";

    /// <summary>Where this cell's own service is reached: <c>http://host:port</c>, <c>https://host:port</c> or <c>unix:///path</c>; empty: where it listens.</summary>
    public string RepUrl { get; internal set; } = "";

    /// <summary>Added to each LRP's memory for a proxy beside it; 0: there is none.</summary>
    [Range(0, 4096)]
    public int ProxyMemoryMb { get; set; }

    /// <summary>Journal and files of containers. Must outlive a restart of the rep; empty: nothing is kept, for simulated cells.</summary>
    public string StateDirectory { get; set; } = "";

    /// <summary>Instances and tasks of whose last ended container the cell keeps the end of the log; the oldest go first. Twice as many as run at a time.</summary>
    [Setting("Instances and tasks whose last ended container's log is kept; 0 keeps none")]
    [Range(0, 100_000)]
    public int EndedLogs { get; set; } = 500;

    /// <summary>Bytes that are kept of each such log: some 500 lines.</summary>
    [Setting("Bytes kept of each ended container's log")]
    [Range(1_024, 1 << 20)]
    public int EndedLogBytes { get; set; } = 64 << 10;

    /// <summary>Root filesystem of the runtime's health check, with <c>/bin/sh</c> and <c>/tmp</c> in it; empty: no check.</summary>
    public string HealthCheckRootFs { get; set; } = "";

    /// <summary>Shares of a container with CPU weight 100.</summary>
    [Range(1, 262_144)]
    [Setting("CPU shares of a container with CPU weight 100")]
    public int MaxCpuShares { get; set; } = 1024;

    /// <summary>Between the stop signal and SIGKILL, where work does not say. Diego asks for at least 10 s, within which well-behaved servers finish their requests.</summary>
    [Setting("Time between SIGTERM and SIGKILL, unless work sets one", Name = "grace", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan GracefulShutdown { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest time between the stop signal and SIGKILL that work can ask for: as long as a drain takes at most.</summary>
    [Setting("Longest time between the stop signal and SIGKILL that work can ask for")]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxGrace { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Between attempts of a health check until its first success, at most: the pauses grow from 10 ms to this.</summary>
    [Setting("Longest time between attempts of a health check until its first success; the first pauses are 10ms and grow")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan UnhealthyInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Between attempts of a health check afterwards, where it does not say.</summary>
    [Setting("Time between attempts of a health check afterwards, unless it sets one")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthyInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between comparisons of all containers with the BBS's rows, at most; up to a fifth is left out by chance, as with the renewal below.</summary>
    [Setting("Longest time between comparisons of all containers with the BBS")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan SyncInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>As <see cref="SyncInterval"/> while the cell evacuates: replacements should not wait.</summary>
    [Setting("The same while the cell evacuates")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan EvacuationSyncInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After this long an evacuating rep ends with whatever still runs.</summary>
    [Setting("Time limit of a drain; then the cell stops whatever still runs", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan EvacuationTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The process ends when the cell is evacuated, as whoever drains it waits for.</summary>
    [Setting("Stop the process when the cell has been drained")]
    public bool StopWhenEvacuated { get; set; } = true;

    /// <summary>A reservation that nothing came of by then is given up.</summary>
    [Setting("Age at which a reservation without a container is given up")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ReservedExpiration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Between looks for reservations to give up and for containers that nobody knows of, or that are gone.</summary>
    [Setting("Time between searches for expired reservations and unknown containers")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ReapInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between the runtime's health checks while it passes them and makes containers.</summary>
    [Setting("Time between checks of the container runtime while it is healthy")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthCheckInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Between two of them at least: after one that failed, and when containers cannot be made.</summary>
    [Setting("Shortest time between two checks of the container runtime")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthCheckRetry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A check that takes longer has failed. Making a container takes a second on a busy machine.</summary>
    [Setting("Timeout of a check of the container runtime")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthCheckTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the registry keeps the cell without a renewal. Shorter notices a lost cell sooner; longer forgives longer pauses.</summary>
    public TimeSpan PresenceTtl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Three chances within the time to live.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan PresenceRenewal { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Limit of one call to the BBS.</summary>
    [Setting("Timeout of a call to the BBS")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan BbsTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait before a call that the BBS could not take is repeated; doubles up to <see cref="RetryMax"/>, with jitter.</summary>
    [Setting("Pause before a call that the BBS could not take is repeated; doubles up to --retry-max")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromMilliseconds(250);

    [Setting("Longest pause before such a call is repeated")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Containers whose reports to the BBS are under way at the same time. A whole cell's worth would be a storm after a failover.</summary>
    [Range(1, 10_000)]
    [Setting("Containers whose reports to the BBS are under way at the same time")]
    public int MaxConcurrentReports { get; set; } = 32;

    /// <summary>Calls of this rep that may wait for the cell's loop. Full answers that the cell is overloaded.</summary>
    [Range(16, 1_000_000)]
    [Setting("Calls that may wait for the cell's loop; further ones are refused as overloaded")]
    public int MailboxLimit { get; set; } = 10_000;

    /// <summary>Revisions of the state that are kept for readers; one that falls further behind gets the whole state again.</summary>
    [Range(1, 100_000)]
    [Setting("Revisions of the cell's state kept for readers that fall behind")]
    public int StateHistory { get; set; } = 256;
}
