using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Runtime;

/// <summary>When containers get user namespaces.</summary>
public enum UserNamespaceMode
{
    /// <summary>Where the machine can; where not, containers go without, with a warning at the start and a figure among the metrics.</summary>
    Auto,

    /// <summary>Always; a machine that cannot is no cell.</summary>
    Required,

    Off,
}

/// <summary>Where containers live on this machine, and how long the machine may take for its part.</summary>
public sealed class RuntimeOptions
{
    /// <summary>Names the system call filter that is part of the program.</summary>
    public const string DefaultSeccomp = "default";

    /// <summary>
    /// Everything that the runtime knows and makes is below this directory, of which each cell has its own. Not on a tmpfs that is
    /// lost while containers run, and not on an overlay: the kernel refuses overlays over overlays.
    /// </summary>
    [Required]
    public string StateDirectory { get; set; } = "/var/lib/scheduler/cell";

    /// <summary>Names of root filesystems on this machine: <c>preloaded:NAME</c> is the directory given here, read-only under each container's own layer.</summary>
    public Dictionary<string, string> PreloadedRootFs { get; set; } = [];

    /// <summary>Looked up in PATH, /usr/sbin, /usr/bin, /sbin, /bin when it is not an absolute path. Debian package runc.</summary>
    public string Runc { get; set; } = "runc";

    /// <summary>As <see cref="Runc"/>. Debian package conmon.</summary>
    [Setting("The conmon program: a name on the PATH, or a path")]
    public string Conmon { get; set; } = "conmon";

    /// <summary>A statically linked busybox: the first process of every container. Debian package busybox-static.</summary>
    [Setting("A statically linked busybox, the first process of each container: a name on the PATH, or a path")]
    public string Busybox { get; set; } = "busybox";

    /// <summary>Below this cgroup each cell has one of its own.</summary>
    [Setting("Cgroup above the cells' own")]
    public string CgroupParent { get; set; } = "/scheduler";

    /// <summary>How long runc, conmon or a network plugin may take for one call. A healthy call takes under 0.2 s; a machine that swaps takes seconds.</summary>
    [Setting("Timeout of one call of runc, conmon or a CNI plugin")]
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a destroyed container's processes may take to vanish after SIGKILL; longer means one hangs in the kernel.</summary>
    [Setting("Time that a destroyed container's processes may take to vanish after SIGKILL")]
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan KillTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a running process's supervisor is looked at. Only matters when somebody kills a supervisor: ends are noticed at once.</summary>
    [Setting("Time between checks that a process's supervisor lives")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan SupervisorCheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Containers made at the same time; further ones wait, in the order in which they came. 0: twice as many as there are cores. Making one is work for
    /// the processor with short waits in between, so more of them only make each slower: of 37 at once on 2 cores the first ran after 2.8 s with 32 at a
    /// time (Diego's create pool), after 1.5 s with 4 and after 0.5 s with 2, which leaves the waits idle: the last ran after 6.5, 7 and 8 s.
    /// </summary>
    [Range(0, 1024)]
    [Setting("Containers that are created at the same time; 0: twice the cores")]
    public int MaxConcurrentCreates { get; set; }

    /// <summary>Size of one process's log at which it begins anew. A reader that follows it misses nothing; one that comes later finds at most this much.</summary>
    [Range(1 << 16, long.MaxValue)]
    [Setting("Size in bytes at which a process's log starts anew")]
    public long MaxLogBytes { get; set; } = 16 << 20;

    /// <summary>Limit of open files when a process names none: Diego's and Docker's common default.</summary>
    [Range(16, 1 << 20)]
    [Setting("Open files of a process that sets no limit")]
    public long DefaultOpenFiles { get; set; } = 16_384;

    /// <summary>How old a container's disk usage may be; counting can mean walking all files that it wrote.</summary>
    [Setting("Longest age of a container's measured disk usage")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan DiskUsageInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How containers are held to their disk.</summary>
    public DiskQuotaMode DiskQuota { get; set; } = DiskQuotaMode.Auto;

    /// <summary>Disk in MB of a container that names none; 0: no limit. What a small program writes, a thousandth of a common disk.</summary>
    [Range(0, int.MaxValue)]
    public int DefaultDiskMb { get; set; } = 1_024;

    /// <summary>Most files, directories and links that a container may make, however large its disk is: Diego's number. A small disk has 256 for each MB, at least 1,024.</summary>
    [Range(1_024, 1 << 30)]
    public long MaxInodes { get; set; } = 200_000;

    /// <summary>How often <see cref="DiskQuotaMode.Watch"/> measures; what a container writes in between it can write over its limit.</summary>
    [Setting("With --disk-quota watch: time between measurements")]
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan DiskWatchInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>As <see cref="Runc"/>; makes the volumes of <see cref="DiskQuotaMode.Loop"/>. Debian package e2fsprogs.</summary>
    [Setting("The mkfs.ext4 program: a name on the PATH, or a path", Name = "mkfs")]
    public string MakeFileSystem { get; set; } = "mkfs.ext4";

    /// <summary>
    /// System calls of containers that are not privileged: <c>default</c> allows what programs need and nothing that reaches for the host, <c>unconfined</c>
    /// all, and anything else is a file with an OCI <c>linux.seccomp</c> object.
    /// </summary>
    public string Seccomp { get; set; } = DefaultSeccomp;

    /// <summary>Whether root in a container that is not privileged is nobody on the host.</summary>
    public UserNamespaceMode UserNamespaces { get; set; }

    /// <summary>
    /// <c>BASE:SIZE</c>, the host's users and groups that containers get, 65,536 each. The default is room for 4,096 containers of a machine, above the
    /// numbers that people and directories have and within those that Linux distributions set apart for containers.
    /// </summary>
    public string UserIdRange { get; set; } = "268435456:268435456";

    /// <summary>Name of a loaded AppArmor profile for containers that are not privileged; <c>none</c>; empty: <c>scheduler-default</c> where it is loaded.</summary>
    public string AppArmor { get; set; } = "";

    /// <summary>Where leases of what the machine has only once are kept; shared by all its cells.</summary>
    [Setting("Directory of the leases that all cells of the machine share")]
    public string LeaseDirectory { get; set; } = "/run/scheduler/leases";

    internal int CreatesAtOnce(int cores) => MaxConcurrentCreates > 0 ? MaxConcurrentCreates : Math.Clamp(2 * cores, 2, 1024);

    /// <summary>Defences that containers are made without: for the suite of hostile probes, which has to show that it can fail.</summary>
    internal Defences Without { get; set; }
}
