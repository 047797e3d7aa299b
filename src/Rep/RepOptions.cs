using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Rep.Volumes;

namespace Scheduler.Rep;

/// <summary>Settings of one cell: its identity, capacity, intervals and timeouts.</summary>
/// <remarks>
/// To add a setting, add a property with a justified default here, and a rule in <see cref="RepOptionsRules"/> if a range is not enough.
/// </remarks>
public sealed class RepOptions
{
    internal const string SystemCertificatesSetting = "trusted-system-certificates";

    /// <summary>Unique among all cells: 1 to 255 characters of <c>A-Z a-z 0-9 _ . -</c>.</summary>
    public string CellId { get; set; } = "";

    /// <summary>Availability zone; the instances of a process are spread over zones.</summary>
    public string Zone { get; set; } = "";

    /// <summary>Position of the cell in its deployment; used only for bin packing.</summary>
    [Range(0, int.MaxValue)]
    [Setting("Index of the cell in its deployment; used for bin packing only", Common = true)]
    public int CellIndex { get; set; }

    /// <summary>Memory for containers in MB; null: the machine's memory.</summary>
    public int? MemoryMb { get; set; }

    /// <summary>
    /// Disk for containers in MB; null: the free space below <see cref="StateDirectory"/> when the cell starts without containers.
    /// </summary>
    public int? DiskMb { get; set; }

    /// <summary>Diego's usual number: 250 containers of the runtime, one of which is kept for the health check.</summary>
    [Range(1, 100_000)]
    [Setting("Maximum number of containers", Common = true)]
    public int MaxContainers { get; set; } = 249;

    /// <summary>Schemes of root filesystem URLs that the cell accepts with any opaque part.</summary>
    [Setting("Schemes of root filesystem URLs that the cell accepts", Name = "rootfs-scheme")]
    public List<string> RootFsSchemes { get; set; } = ["oci", "docker"];

    /// <summary>Names that the cell accepts in <c>preloaded:NAME</c>; the runtime's list maps them to directories.</summary>
    public List<string> PreloadedRootFs { get; set; } = [];

    /// <summary>Tags that work must request to be placed on this cell.</summary>
    [Setting("Placement tags that work must ask for to be placed here", Name = "placement-tag", Value = "TAG", Common = true)]
    public List<string> PlacementTags { get; set; } = [];

    /// <summary>Tags that work may request.</summary>
    [Setting("Placement tags that work may ask for", Name = "optional-placement-tag", Value = "TAG", Common = true)]
    public List<string> OptionalPlacementTags { get; set; } = [];

    /// <summary>Directories of the machine that work may mount; none by default. The cell announces their names as volume drivers.</summary>
    public List<HostVolume> Volumes { get; set; } = [];

    /// <summary>
    /// Directory with certificates that the operator trusts; empty: none. Work that names a directory for them
    /// (<c>trusted_system_certificates_path</c>) finds them there, read-only, and the directory in <c>CF_SYSTEM_CERT_PATH</c>.
    /// </summary>
    [Setting("Directory of certificates for work that asks for the cell's trusted ones", Name = SystemCertificatesSetting)]
    public string SystemCertificatesDirectory { get; set; } = "";

    /// <summary>
    /// PEM file of the authority that issues a certificate to each container; empty: containers get none. A changed file counts from the
    /// next start of the rep, which then renews all certificates.
    /// </summary>
    [Setting(
        "PEM file of the CA that issues a certificate to each container; with --instance-ca-key",
        Name = InstanceAuthority.CertificateSetting,
        Common = true
    )]
    public string InstanceAuthorityCertificate { get; set; } = "";

    /// <summary>PEM file of that authority's private key.</summary>
    [Setting("PEM file of that CA's private key", Name = InstanceAuthority.KeySetting, Common = true)]
    public string InstanceAuthorityKey { get; set; } = "";

    /// <summary>Validity of a container's certificate, Diego's by default: short, because nothing revokes it.</summary>
    [Setting("Validity of a container's certificate, which the cell renews in time", Name = "instance-cert-validity")]
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan InstanceCertificateValidity { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Extra privileges that work may request on this cell: <c>privileged</c>, and names of capabilities such as <c>CAP_NET_RAW</c>.
    /// </summary>
    public List<string> Privileges { get; set; } = [];

    /// <summary>
    /// Memory limit in MB of a container whose work does not set one; 0: all of the machine's memory. It is a limit, not a reservation.
    /// </summary>
    [Range(0, int.MaxValue)]
    [Setting("Memory limit in MB for work that sets none; 0: no limit", Name = "default-memory", Common = true)]
    public int DefaultMemoryMb { get; set; } = 1024;

    /// <summary>
    /// Limit of processes and threads of a container whose work does not set one; 0: as many as the machine allows. Large language runtimes
    /// use hundreds.
    /// </summary>
    [Range(0, int.MaxValue)]
    [Setting("Maximum number of processes and threads for work that sets none; 0: no limit", Common = true)]
    public int DefaultMaxPids { get; set; } = 1024;

    /// <summary>IP address at which routers and clients reach the host ports of this cell's containers.</summary>
    public string AdvertiseAddress { get; set; } = "";

    /// <summary>
    /// URL of this cell's own service: <c>http://host:port</c>, <c>https://host:port</c> or <c>unix:///path</c>; empty: the address that it
    /// listens on.
    /// </summary>
    public string RepUrl { get; internal set; } = "";

    /// <summary>Memory in MB added to each LRP for its proxy; 0: no proxy.</summary>
    [Range(0, 4096)]
    [Setting("Memory in MB added to each LRP for its proxy", Name = "proxy-memory", Common = true)]
    public int ProxyMemoryMb { get; set; }

    /// <summary>
    /// Directory of the journal and of container files. Must survive a restart of the rep; empty: nothing is stored, for simulated cells.
    /// </summary>
    public string StateDirectory { get; set; } = "";

    /// <summary>
    /// Instances and tasks whose last ended container's log is kept; the oldest are removed first. The default is twice the containers
    /// of a cell.
    /// </summary>
    [Setting("Number of instances and tasks for which the log of the last ended container is kept; 0: none")]
    [Range(0, 100_000)]
    public int EndedLogs { get; set; } = 500;

    /// <summary>Bytes kept of each such log: about 500 lines.</summary>
    [Setting("Number of bytes kept of each ended container's log")]
    [Range(1_024, 1 << 20)]
    public int EndedLogBytes { get; set; } = 64 << 10;

    /// <summary>
    /// Commands and copies of clients that may run in one container at the same time; 0: none. People need a few, and each counts
    /// towards the container's processes.
    /// </summary>
    [Setting("Commands and copies of clients at the same time in one container; 0 forbids them")]
    [Range(0, 1_000)]
    public int MaxSessionsPerContainer { get; set; } = 16;

    /// <summary>The same for the whole cell. Each takes about 12 MB of the machine for its runc, beside what the container pays for.</summary>
    [Setting("Commands and copies of clients at the same time on the cell; 0 forbids them")]
    [Range(0, 10_000)]
    public int MaxSessions { get; set; } = 64;

    /// <summary>
    /// Forwarded connections to one container at the same time; 0: none. A browser opens a dozen for one page, a small load test some
    /// hundred.
    /// </summary>
    [Setting("Forwarded connections to one container at the same time; 0 forbids them")]
    [Range(0, 10_000)]
    public int MaxForwardsPerContainer { get; set; } = 256;

    /// <summary>The same for the whole cell. Each takes a socket and about 200 KB of memory.</summary>
    [Setting("Forwarded connections at the same time on the cell; 0 forbids them")]
    [Range(0, 100_000)]
    public int MaxForwards { get; set; } = 1_024;

    /// <summary>
    /// Time after which a command, a copy or a forwarded connection that carries no data is ended: a forgotten shell should not stay
    /// over night.
    /// </summary>
    [Setting("Time without data after which a client's command, copy or forwarded connection is ended")]
    [Range(typeof(TimeSpan), "00:00:00.010", "7.00:00:00")]
    public TimeSpan SessionIdleLimit { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of one copy as an archive, either way: the default disk of a container, twice.</summary>
    [Setting("Bytes of one copy out of or into a container, as an archive")]
    [Range(1_024, long.MaxValue)]
    public long MaxCopyBytes { get; set; } = 2L << 30;

    /// <summary>Root filesystem for the runtime's health check; must contain <c>/bin/sh</c> and <c>/tmp</c>. Empty: no check.</summary>
    public string HealthCheckRootFs { get; set; } = "";

    /// <summary>CPU shares of a container with CPU weight 100.</summary>
    [Range(1, 262_144)]
    [Setting("CPU shares of a container with CPU weight 100")]
    public int MaxCpuShares { get; set; } = 1024;

    /// <summary>
    /// Time between the stop signal and SIGKILL if the work does not set one. Diego requires at least 10 s, within which well-behaved
    /// servers finish their requests.
    /// </summary>
    [Setting("Time between SIGTERM and SIGKILL, unless work sets one", Name = "grace", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan GracefulShutdown { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time between the request to stop an instance with HTTP routes and its stop signal. Routers are told in the same moment, so programs
    /// that end at once lose requests that are under way; those that finish them first need no delay. None, as in Diego.
    /// </summary>
    [Setting("Time that an instance with HTTP routes keeps running before its stop signal, while routers already leave it out")]
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan StopDelay { get; set; } = TimeSpan.Zero;

    /// <summary>The longest time between the stop signal and SIGKILL that work can request: the maximum duration of a drain.</summary>
    [Setting("Maximum time between the stop signal and SIGKILL that work can request")]
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MaxGrace { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Maximum interval between attempts of a health check until its first success; intervals grow from 10 ms to this.</summary>
    [Setting("Maximum interval between attempts of a health check until its first success; intervals grow from 10ms")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan UnhealthyInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Interval between attempts of a health check afterwards, unless it sets its own.</summary>
    [Setting("Interval between attempts of a health check after its first success, unless the check sets one")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthyInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Maximum interval between comparisons of all containers with the BBS's rows; jitter shortens it by up to a fifth, as it does
    /// the renewal below.
    /// </summary>
    [Setting("Maximum interval between comparisons of all containers with the BBS")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan SyncInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Like <see cref="SyncInterval"/>, during an evacuation: replacements should not have to wait.</summary>
    [Setting("Maximum interval between comparisons of all containers with the BBS while the cell evacuates")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan EvacuationSyncInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time limit of an evacuation; after that the rep stops whatever still runs and exits.</summary>
    [Setting("Time limit of a drain; then the cell stops whatever still runs", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.001", "30.00:00:00")]
    public TimeSpan EvacuationTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The process exits when the cell is evacuated; this is what tools that drain a cell wait for.</summary>
    [Setting("Stop the process when the cell has been drained")]
    public bool StopWhenEvacuated { get; set; } = true;

    /// <summary>Time after which a reservation is dropped that has no container and waits for no answer of the BBS.</summary>
    [Setting("Age at which a reservation that neither has a container nor waits for the BBS is dropped")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ReservedExpiration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Interval between searches for expired reservations, and for unknown or missing containers.</summary>
    [Setting("Interval between searches for expired reservations and unknown containers")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ReapInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Interval between the runtime's health checks while they pass and containers can be created.</summary>
    [Setting("Interval between checks of the container runtime while it is healthy")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthCheckInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Minimum interval between health checks: after a failed one, and when containers cannot be created.</summary>
    [Setting("Minimum interval between checks of the container runtime")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthCheckRetry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Timeout of a health check. Creating a container takes a second on a busy machine.</summary>
    [Setting("Timeout of a check of the container runtime")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan HealthCheckTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Time to live of the cell's presence without a renewal. A shorter one detects a lost cell sooner; a longer one tolerates
    /// longer pauses.
    /// </summary>
    [Setting("Presence TTL: the cell counts as absent after this long without renewal", Common = true)]
    public TimeSpan PresenceTtl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Allows three renewals within the time to live.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan PresenceRenewal { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Timeout of one call to the BBS.</summary>
    [Setting("Timeout of a call to the BBS")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan BbsTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Back-off before a call that the BBS could not take is retried; doubles up to <see cref="RetryMax"/>, with jitter.</summary>
    [Setting("Pause before a failed call to the BBS is retried; doubles up to --retry-max")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromMilliseconds(250);

    [Setting("Maximum pause before a failed call to the BBS is retried")]
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Maximum number of reports to the BBS in parallel. Reports of a whole cell at once would overload the BBS after a failover.
    /// </summary>
    [Range(1, 10_000)]
    [Setting("Maximum number of containers whose reports to the BBS are in flight at once")]
    public int MaxConcurrentReports { get; set; } = 32;

    /// <summary>Length of the queue of the cell's loop. When it is full, calls fail because the cell is overloaded.</summary>
    [Range(16, 1_000_000)]
    [Setting("Maximum number of calls waiting for the cell's loop; further ones are refused as overloaded")]
    public int MailboxLimit { get; set; } = 10_000;

    /// <summary>State revisions kept for readers; a reader that falls further behind gets the whole state again.</summary>
    [Range(1, 100_000)]
    [Setting("Number of revisions of the cell's state kept for readers that fall behind")]
    public int StateHistory { get; set; } = 256;

    /// <summary>Downloads, uploads and cached dependencies.</summary>
    public TransferOptions Transfers { get; init; } = new();
}
