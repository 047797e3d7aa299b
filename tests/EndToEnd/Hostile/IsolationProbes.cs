using Scheduler.Rep.Runtime.Runc;
using static Scheduler.Rep.Runtime.Runc.Defences;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// Out of the container by the kernel: namespaces, mounts, devices, files of /proc and /sys, keys, capabilities, limits. Most are steps of published
/// escapes; a step that is held ends the escape.
/// </summary>
internal static class IsolationProbes
{
    /// <summary>What a limited container may have; bombs try for more.</summary>
    public const int MemoryMb = 96, Pids = 200;

    public static IReadOnlyList<Probe> All { get; } =
    [
        // Mounts.
        new("mount-tmpfs", "mounts over what the host has arranged", UserNamespace | Seccomp | Defences.Capabilities, "$P mount tmpfs none"),
        new("bind-mount", "mounts a folder elsewhere, out of its masks", Seccomp | Defences.Capabilities, "$P bind /proc/sys"),
        new("pivot-root", "leaves its root for the one below", Seccomp | Defences.Capabilities, "$P pivot_root"),
        new("remount-busybox", "writes into the host's busybox, which is pid 1 of every container", UserNamespace | Seccomp | Defences.Capabilities, "$P remount /dev/busybox /dev/busybox"),
        new("remount-hosts", "writes into a file of the rep", UserNamespace | Seccomp | Defences.Capabilities, "$P remount /etc/hosts /etc/hosts"),

        // Devices.
        new("disk", "reads the host's disk", UserNamespace | Defences.Capabilities | Devices, "[ -n \"$DISK\" ] || exit 77; $P device b $DISK"),
        new("kmsg-device", "reads the kernel's log", UserNamespace | Defences.Capabilities | Devices, "$P device c 1 11"),

        // Files of the kernel.
        new("sysrq", "restarts the machine", Paths | UserNamespace, "$P writable /proc/sysrq-trigger"),
        new("core-pattern", "has the host's root run a program at the next crash", Paths | UserNamespace, "$P writable /proc/sys/kernel/core_pattern"),
        new("modprobe-path", "has the host's root run a program at the next unknown format", Paths | UserNamespace, "$P writable /proc/sys/kernel/modprobe"),
        new("kcore", "reads the kernel's memory", Paths | UserNamespace, "$P readable /proc/kcore"),
        new("timer-list", "sees what the host's processes wait for", Paths, "$P readable /proc/timer_list"),

        // Calls that only the machine's owner makes.
        new("module-load", "puts code into the kernel", UserNamespace | Seccomp | Defences.Capabilities, "$P module"),
        new("reboot", "ends the machine", UserNamespace | Seccomp | Defences.Capabilities, "$P reboot"),
        new("clock", "sets the host's clock", UserNamespace | Seccomp | Defences.Capabilities, "$P settime"),
        new("shocker", "opens any file of the disk by its number (2014's shocker)", UserNamespace | Seccomp | Defences.Capabilities, "$P open_by_handle /etc/hosts"),

        // Privileges.
        new("setuid-program", "becomes root by a program in its image", NoNewPrivileges, "$P setuid"),
        new("file-capability", "gains a capability by a program in its image", NoNewPrivileges, "$P file_capability"),

        // Limits.
        new("fork-bomb", "takes the host's process numbers", Limits, "$P fork_bomb 1500"),
        new("memory-bomb", "takes the host's memory", Limits, "$P memory_bomb 256"),
    ];
}
