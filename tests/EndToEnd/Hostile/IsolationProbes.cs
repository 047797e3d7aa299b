using Scheduler.Rep.Runtime;
using static Scheduler.Rep.Runtime.Defences;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// Escapes through the kernel: namespaces, mounts, devices, files of /proc and /sys, keys, capabilities, limits. Most are steps of
/// published escapes; stopping one step stops the escape.
/// </summary>
internal static class IsolationProbes
{
    /// <summary>The limits of a container; bombs try to exceed them.</summary>
    public const int MemoryMb = 96,
        Pids = 200;

    /// <summary>Description of a key that the suite adds for the host's root.</summary>
    public const string HostKey = "hostile-suite";

    private const Defences Power = Seccomp | Defences.Capabilities;
    private const Defences HostPower = UserNamespace | Seccomp | Defences.Capabilities;

    /// <summary>
    /// A machine that is itself confined cannot grant everything: <c>$CAPS</c> contains the numbers of the capabilities that it has.
    /// </summary>
    private static string SuiteHas(int capability) => $"case $CAPS in *,{capability},*) ;; *) exit 77 ;; esac; ";

    public static IReadOnlyList<Probe> All { get; } =
    [
        // First, while the suite starts processes here.
        new("overwrite-runc", "writes into the program that the host starts here (CVE-2019-5736)", None, "timeout 3 $P overwrite_exe"),
        // Namespaces: the way to all capabilities over some resource.
        new(
            "root-is-root",
            "is the host's root wherever else it gets to",
            UserNamespace,
            "read inside outside rest < /proc/self/uid_map; [ $outside = 0 ]"
        ),
        new("unshare-user", "becomes root of a user namespace, with the whole kernel open to it", Seccomp, "$P unshare user"),
        new("clone-user", "the same by clone", Seccomp, "$P clone user"),
        new("clone3-user", "the same by clone3, whose flags no filter sees", Seccomp, "$P clone3 user"),
        new("unshare-user-32", "the same as a 32-bit program", Seccomp, "$P unshare32 user"),
        new("unshare-user-x32", "the same by the x32 numbers", Seccomp, "$P unsharex32 user"),
        new("unshare-mount", "makes mounts of its own", Power, "$P unshare mount"),
        new("unshare-cgroup", "hides where its cgroup is", Power, "$P unshare cgroup"),
        new("unshare-net", "has all of a network", Power, "$P unshare net"),
        new("unshare-pid", "hides processes", Power, "$P unshare pid"),
        new("unshare-time", "has a time of its own", Power, "$P unshare time"),
        new("setns", "enters a namespace", Power, "$P setns /proc/self/ns/mnt"),
        // Mounts.
        new("mount-tmpfs", "mounts over what the host has arranged", Power, "$P mount tmpfs none"),
        new("mount-proc", "mounts a /proc without masks", Power, "$P mount proc none"),
        new("bind-mount", "mounts a folder elsewhere, out of its masks", Power, "$P bind /proc/sys"),
        new("mount-debugfs", "reads and changes the kernel's own state", HostPower, "$P mount debugfs none"),
        new("mount-tracefs", "traces the whole machine", HostPower, "$P mount tracefs none"),
        new("umount", "takes away what is mounted over something", Power, "$P umount /dev/mqueue"),
        new("pivot-root", "leaves its root for the one below", Power, "$P pivot_root"),
        new("fsopen", "mounts by the newer calls", Power, "$P fsopen tmpfs"),
        new("open-tree", "copies mounts by the newer calls", Power, "$P open_tree /proc"),
        new("mount-setattr", "takes read-only from mounts by the newer calls", Power, "$P mount_setattr /proc/sys"),
        new(
            "remount-busybox",
            "writes into the host's busybox, which is pid 1 of every container",
            HostPower,
            "$P remount /dev/busybox /dev/busybox"
        ),
        new("remount-hosts", "writes into a file of the rep", HostPower, "$P remount /etc/hosts /etc/hosts"),
        new("chroot", "leaves its root with a descriptor from outside the new one", Power, "$P chroot /tmp"),
        // Limits lifted from inside the container.
        new("cgroup-mount", "lifts its own limits in a cgroup tree that it mounts", HostPower, "$P cgroup pids pids.max"),
        new(
            "cgroup-mount-by-user",
            "lifts its limits as root of a user namespace",
            UserNamespace | Seccomp,
            "$P cgroup_of_user pids pids.max"
        ),
        new("cgroup-memory", "lifts its limit of memory", HostPower, "$P cgroup memory memory.limit_in_bytes"),
        new(
            "cgroup-remount",
            "lifts its limits in the tree that it is shown",
            HostPower,
            "if [ -d /sys/fs/cgroup/pids ]; then $P remount /sys/fs/cgroup/pids /sys/fs/cgroup/pids/pids.max; else $P remount /sys/fs/cgroup /sys/fs/cgroup/pids.max; fi"
        ),
        new(
            "release-agent",
            "has the host's root run a program when a cgroup empties (CVE-2022-0492)",
            None,
            "for c in $(awk '!/^#/ { print $1 }' /proc/cgroups); do $P cgroup $c release_agent; code=$?; [ $code = 77 ] || exit $code; done; exit 77"
        ),
        // Devices.
        new(
            "disk",
            "reads the host's disk",
            UserNamespace | Defences.Capabilities | Devices,
            "[ -n \"$DISK\" ] || exit 77; $P device b $DISK"
        ),
        new("kmsg-device", "reads the kernel's log", UserNamespace | Defences.Capabilities | Devices, "$P device c 1 11"),
        new("mem-device", "reads the machine's memory", UserNamespace | Defences.Capabilities | Devices, "$P device c 1 1"),
        new("fuse-device", "answers for a file system", UserNamespace | Defences.Capabilities | Devices, "$P device c 10 229"),
        new("kvm-device", "makes virtual machines", UserNamespace | Defences.Capabilities | Devices, "$P device c 10 232"),
        new("loop-device", "makes disks of files", UserNamespace | Defences.Capabilities | Devices, "$P device c 10 237"),
        new("tun", "makes network interfaces", UserNamespace | Defences.Capabilities, "$P device c 10 200"), // runc lets every container open it
        // Files of the kernel.
        new("sysrq", "restarts the machine", Paths | UserNamespace, "$P writable /proc/sysrq-trigger"),
        new(
            "core-pattern",
            "has the host's root run a program at the next crash",
            Paths | UserNamespace,
            "$P writable /proc/sys/kernel/core_pattern"
        ),
        new(
            "modprobe-path",
            "has the host's root run a program at the next unknown format",
            Paths | UserNamespace,
            "$P writable /proc/sys/kernel/modprobe"
        ),
        new("panic-on-oom", "stops the machine when it is short of memory", Paths | UserNamespace, "$P writable /proc/sys/vm/panic_on_oom"),
        new("huge-pages", "takes memory that no limit counts", Paths | UserNamespace, "$P writable /proc/sys/vm/nr_hugepages"),
        new("ip-forward", "becomes a router of its network", Paths, "$P writable /proc/sys/net/ipv4/ip_forward"),
        new("irq-affinity", "sends the host's interrupts elsewhere", Paths | UserNamespace, "$P writable /proc/irq/default_smp_affinity"),
        new(
            "sys-write",
            "changes the kernel by /sys",
            Paths | UserNamespace,
            "for f in /sys/kernel/uevent_helper /sys/kernel/rcu_expedited /sys/kernel/mm/ksm/run /sys/kernel/profiling; do $P writable $f; code=$?; [ $code = 77 ] || exit $code; done; exit 77"
        ),
        new("kcore", "reads the kernel's memory", Paths | UserNamespace, "$P readable /proc/kcore"),
        new("timer-list", "sees what the host's processes wait for", Paths | UserNamespace, "$P readable /proc/timer_list"),
        new("interrupts", "sees when keys are typed elsewhere", Paths, "$P readable /proc/interrupts"),
        new("proc-keys", "sees keys", Paths, "$P readable /proc/keys"),
        new("firmware", "sees tables of the firmware", Paths, "$P listable /sys/firmware"),
        new("powercap", "measures what others compute", Paths, "$P listable /sys/devices/virtual/powercap"),
        // Keys.
        new("host-key", "finds a key of the host's root", UserNamespace | Seccomp, $"$P key_search {HostKey}"),
        new("add-key", "puts keys where its user's other processes look", Seccomp, "$P add_key left-by-a-container"),
        new("request-key", "has the host's root run a program that fetches keys", Seccomp, "$P request_key nobody-has-this"),
        // Kernel interfaces that most programs never use.
        new("io-uring", "makes calls that no filter sees", Seccomp, "$P io_uring"),
        new("userfaultfd", "stops the kernel in the middle of a copy", HostPower, "$P userfaultfd"),
        new("bpf", "runs programs in the kernel", HostPower, "$P bpf"),
        new("perf-event", "measures the kernel", Seccomp, "$P perf"),
        new("vsock", "talks to the hypervisor", Seccomp, "$P socket 40 1 0"),
        new("vsock-32", "the same as a 32-bit program", Seccomp, "$P vsock32"),
        new("alg-socket", "feeds the kernel's ciphers", Seccomp, "$P socket 38 5 0"),
        new("raw-socket", "forges packets", Defences.Capabilities, "$P socket 2 3 1"),
        new("packet-socket", "reads and forges frames", Defences.Capabilities, "$P socket 17 3 0"),
        new("personality", "switches off what scatters its memory", Seccomp, "$P personality"),
        // System calls only for the machine's administrator.
        new("module-load", "puts code into the kernel", HostPower, "$P module"),
        new("kexec", "starts another kernel", HostPower, "$P kexec"),
        new("reboot", "ends the machine", Power, "$P reboot"),
        new("clock", "sets the host's clock", UserNamespace | Defences.Capabilities, "$P settime"),
        new("swapon", "swaps where it likes", HostPower, "$P swapon"),
        new("acct", "keeps the host's books", HostPower, "$P acct"),
        new("kernel-log", "reads the kernel's log", Seccomp, "$P klog"),
        new("fanotify", "sees who opens what", HostPower, "$P fanotify"),
        new("quotactl", "changes quotas", Seccomp, "$P quotactl"),
        new("shocker", "opens any file of the disk by its number (2014's shocker)", HostPower, "$P open_by_handle /etc/hosts"),
        new("hostname", "takes another name", Power, "$P hostname"),
        // Privileges.
        new("no-filter", "runs without a filter of system calls", Seccomp, "grep -q '^Seccomp:.0$' /proc/self/status"),
        new("new-privileges", "may become more than it is", NoNewPrivileges, "grep -q '^NoNewPrivs:.0$' /proc/self/status"),
        new("setuid-program", "becomes root by a program in its image", NoNewPrivileges, "$P setuid"),
        new("file-capability", "gains a capability by a program in its image", NoNewPrivileges, "$P file_capability"),
        new("cap-net-raw", "has NET_RAW", Defences.Capabilities, "$P capability 13"),
        new("cap-sys-chroot", "has SYS_CHROOT", Defences.Capabilities, "$P capability 18"),
        new("cap-mknod", "has MKNOD", Defences.Capabilities, "$P capability 27"),
        new("cap-audit-write", "has AUDIT_WRITE", Defences.Capabilities, "$P capability 29"),
        new("cap-sys-ptrace", "has SYS_PTRACE", Defences.Capabilities, "$P capability 19"),
        new("cap-sys-admin", "has SYS_ADMIN", Defences.Capabilities, "$P capability 21"),
        new("cap-net-admin", "has NET_ADMIN", Defences.Capabilities, "$P capability 12"),
        new("rlimit", "raises its limits", UserNamespace | Defences.Capabilities, SuiteHas(24) + "$P rlimit"),
        new("priority", "goes before all others", UserNamespace | Defences.Capabilities, "$P priority"),
        new(
            "oom-immunity",
            "has others killed when memory is short",
            UserNamespace | Defences.Capabilities,
            SuiteHas(24) + "echo -900 > /proc/self/oom_score_adj"
        ),
        // Files that the host has open.
        new("descriptors-of-init", "reaches a file of the host through pid 1", Descriptors, "$P descriptors 1"),
        new("descriptors-own", "has a file of the host open (CVE-2024-21626)", None, "$P descriptors self"),
        // Limits.
        new("fork-bomb", "takes the host's process numbers", Limits, "$P fork_bomb 1500"),
        new("memory-bomb", "takes the host's memory", Limits, "$P memory_bomb 256"),
    ];
}
