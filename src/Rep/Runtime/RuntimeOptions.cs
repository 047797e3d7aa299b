using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Runtime;

/// <summary>When containers get user namespaces.</summary>
public enum UserNamespaceMode
{
    /// <summary>
    /// If the machine supports them; otherwise containers run without, with a warning at the start and a metric.
    /// </summary>
    Auto,

    /// <summary>Always; a cell does not start on a machine without them.</summary>
    Required,

    Off,
}

/// <summary>Settings of the container runtime: paths, programs, limits and timeouts.</summary>
public sealed class RuntimeOptions
{
    /// <summary>Name of the built-in system call filter.</summary>
    public const string DefaultSeccomp = "default";

    /// <summary>
    /// Directory of all state and files of the runtime; each cell needs its own. Not on a tmpfs that is lost while containers run, and not
    /// on an overlay: the kernel refuses overlays over overlays.
    /// </summary>
    [Required]
    public string StateDirectory { get; set; } = "/var/lib/scheduler/cell";

    /// <summary>
    /// Root filesystems on this machine: <c>preloaded:NAME</c> is the directory given here, read-only below each container's own layer.
    /// </summary>
    public Dictionary<string, string> PreloadedRootFs { get; set; } = [];

    /// <summary>Looked up in PATH, /usr/sbin, /usr/bin, /sbin, /bin unless it is an absolute path. Debian package runc.</summary>
    [Setting("The runc program: a name on the PATH, or a path", Value = "PROGRAM", Common = true)]
    public string Runc { get; set; } = "runc";

    /// <summary>Like <see cref="Runc"/>. Debian package conmon.</summary>
    [Setting("The conmon program: a name on the PATH, or a path")]
    public string Conmon { get; set; } = "conmon";

    /// <summary>A statically linked busybox: the first process of every container. Debian package busybox-static.</summary>
    [Setting("A statically linked busybox, the first process of each container: a name on the PATH, or a path")]
    public string Busybox { get; set; } = "busybox";

    /// <summary>Address of the Docker engine, which must be on this machine: its containers get files and directories of the cell.</summary>
    [Setting("With the docker runtime: address of the engine", Value = "unix:///PATH", Common = true)]
    [Required]
    public string DockerHost { get; set; } = "unix:///var/run/docker.sock";

    /// <summary>Where the engine's runc keeps its state, below which the cell starts processes in the engine's containers.</summary>
    [Setting("With the docker runtime: the exec-root of the engine's dockerd", Value = "DIR")]
    [Required]
    public string DockerExecRoot { get; set; } = "/var/run/docker";

    /// <summary>Parent of the cells' cgroups; each cell has its own below it.</summary>
    [Setting("Parent of the cells' cgroups")]
    public string CgroupParent { get; set; } = "/scheduler";

    /// <summary>
    /// Timeout of one call of runc, conmon or another program. A call normally takes under 0.2 s, on a swapping machine seconds.
    /// </summary>
    [Setting("Timeout of one call of runc, conmon or another program")]
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a destroyed container's processes may take to exit after SIGKILL; longer means that one hangs in the kernel.
    /// </summary>
    [Setting("Maximum time for a destroyed container's processes to exit after SIGKILL")]
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan KillTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Interval between checks of a running process's supervisor. Only matters if a supervisor is killed: exits are seen at once.
    /// </summary>
    [Setting("Interval between checks that a process's supervisor is alive")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan SupervisorCheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum number of containers created in parallel; further ones wait in order of arrival. 0: twice the number of cores. Creation
    /// is bound by the processor with short waits in between, so more only makes each one slower. Of 37 at once on 2 cores, the first
    /// ran after 2.8 s with 32 in parallel (Diego's create pool), after 1.5 s with 4, and after 0.5 s with 2, which leaves the waits
    /// unused: the last ran after 6.5, 7 and 8 s.
    /// </summary>
    [Range(0, 1024)]
    [Setting("Maximum number of containers created in parallel; 0: twice the number of cores")]
    public int MaxConcurrentCreates { get; set; }

    /// <summary>
    /// Namespaces with an address that are made ahead of containers, so that a start does not wait for them. Each is two small processes and
    /// an interface of the cell's network. 0: each container makes its own. Enough for a few starts at once; a start that finds none takes
    /// about twice as long.
    /// </summary>
    [Range(0, 128)]
    [Setting("Namespaces with an address that are made ahead of containers; 0: none")]
    public int SpareSandboxes { get; set; } = 8;

    /// <summary>
    /// Size at which a process's log starts over. A reader that follows it misses nothing; a later one finds at most this much.
    /// </summary>
    [Range(1 << 16, long.MaxValue)]
    [Setting("Size in bytes at which a process's log starts over")]
    public long MaxLogBytes { get; set; } = 16 << 20;

    /// <summary>Limit of open files if a process does not set one: the common default of Diego and Docker.</summary>
    [Range(16, 1 << 20)]
    [Setting("Maximum number of open files of a process that sets no limit")]
    public long DefaultOpenFiles { get; set; } = 16_384;

    /// <summary>Maximum age of a container's disk usage; measuring can mean walking all files that it wrote.</summary>
    [Setting("Maximum age of a container's disk usage measurement")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan DiskUsageInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How disk limits are enforced.</summary>
    [Setting(
        "Enforcement of disk limits: project (file system project quotas), loop (one volume per container), auto (project where supported, "
            + "else loop), watch (measure, and kill a container over its limit), off",
        Common = true
    )]
    public DiskQuotaMode DiskQuota { get; set; } = DiskQuotaMode.Auto;

    /// <summary>
    /// Disk limit in MB of a container that does not set one; 0: no limit. Enough for a small program, and a thousandth of a common disk.
    /// </summary>
    [Range(0, int.MaxValue)]
    [Setting("Disk limit in MB for work that sets none; 0: no limit", Name = "default-disk", Common = true)]
    public int DefaultDiskMb { get; set; } = 1_024;

    /// <summary>
    /// Maximum number of files, directories and links that a container may create, however large its disk is: Diego's number. A small disk
    /// has 256 for each MB, at least 1,024.
    /// </summary>
    [Range(1_024, 1 << 30)]
    [Setting("Maximum number of files and directories per container; small disks get fewer, 256 per MB", Common = true)]
    public long MaxInodes { get; set; } = 200_000;

    /// <summary>Measuring interval of <see cref="DiskQuotaMode.Watch"/>; in between, a container can exceed its limit.</summary>
    [Setting("With --disk-quota watch: interval between measurements")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan DiskWatchInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Like <see cref="Runc"/>; creates the volumes of <see cref="DiskQuotaMode.Loop"/>. Debian package e2fsprogs.</summary>
    [Setting("The mkfs.ext4 program: a name on the PATH, or a path", Name = "mkfs")]
    public string MakeFileSystem { get; set; } = "mkfs.ext4";

    /// <summary>
    /// System call filter of unprivileged containers: <c>default</c> allows what programs need and nothing that affects the host,
    /// <c>unconfined</c> allows everything; any other value is a file with an OCI <c>linux.seccomp</c> object.
    /// </summary>
    [Setting("Seccomp profile of containers; FILE is an OCI profile", Value = "default|unconfined|FILE", Common = true)]
    public string Seccomp { get; set; } = DefaultSeccomp;

    /// <summary>Whether root in an unprivileged container is an unprivileged user on the host.</summary>
    [Setting(
        "Map container root to an unprivileged host user: auto (warn if unsupported), required (do not start if unsupported), off",
        Common = true
    )]
    public UserNamespaceMode UserNamespaces { get; set; }

    /// <summary>
    /// <c>BASE:SIZE</c>, the host user and group ids for containers, 65,536 each. The default has room for 4,096 containers per machine,
    /// above the ids of people and directories and within those that Linux distributions set aside for containers.
    /// </summary>
    [Setting("Host UIDs and GIDs for containers, 65536 each; reserved for them", Name = "userns-range", Value = "BASE:SIZE", Common = true)]
    public string UserIdRange { get; set; } = "268435456:268435456";

    /// <summary>
    /// Name of a loaded AppArmor profile for unprivileged containers; <c>none</c>; empty: <c>scheduler-default</c> if it is loaded.
    /// </summary>
    [Setting(
        "AppArmor profile of containers, which must be loaded, or none (default: scheduler-default if loaded)",
        Name = "apparmor",
        Value = "PROFILE|none",
        Common = true
    )]
    public string AppArmor { get; set; } = "";

    /// <summary>
    /// Directory for leases of resources that exist only once per machine: user ids, ports and subnets. Shared by all cells of the machine.
    /// </summary>
    [Required]
    [Setting("Directory of the leases shared by all cells of the machine")]
    public string LeaseDirectory { get; set; } = "/run/scheduler/leases";

    internal int CreatesAtOnce(int cores) => MaxConcurrentCreates > 0 ? MaxConcurrentCreates : Math.Clamp(2 * cores, 2, 1024);

    /// <summary>Defences to omit, for the suite of hostile probes, which must prove that its probes can succeed.</summary>
    internal Defences Without { get; set; }
}
