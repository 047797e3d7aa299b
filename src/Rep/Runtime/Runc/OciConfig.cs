using System.Text.Json.Nodes;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Paths of the namespaces that exist before the container.</summary>
/// <param name="Users">Null: it has none.</param>
/// <param name="Pids">Null: runc makes one.</param>
internal sealed record JoinedNamespaces(string Network, string? Users, string? Pids);

/// <summary>Builds the OCI runtime configuration of a container. No I/O: all inputs are arguments.</summary>
internal static class OciConfig
{
    /// <summary>Path of the first process's program in the container: on /dev, which is not part of the root filesystem.</summary>
    public const string Busybox = "/dev/busybox";

    /// <summary>
    /// Waits forever and reaps orphaned processes. The shell reaps any child while it waits for the sleeper; if a process in the
    /// container kills the sleeper, the shell starts another.
    /// </summary>
    public const string Reaper = $"while :; do {Busybox} sleep 2147483647 & wait $!; done";

    /// <summary>
    /// The reaper, its sleeper, and the threads of runc while it starts a process: 8 in all were enough on 2 cores, and more cores bring
    /// more threads.
    /// </summary>
    public const int OwnPids = 12;

    /// <summary>
    /// Limit of files in each of its memory file systems: an inode takes a kilobyte of kernel memory, and the kernel's default is in the
    /// millions.
    /// </summary>
    private const string MemoryFiles = "nr_inodes=16384";

    /// <summary>
    /// Paths that expose the host or other containers, as in the defaults of Docker and containerd: the timing of processors and
    /// interrupts reveals keystrokes typed elsewhere.
    /// </summary>
    private static readonly string[] Masked =
    [
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ];

    public static readonly IReadOnlyList<string> ReadOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static JsonObject Build(
        ContainerSpec spec,
        ContainerPaths paths,
        string hostname,
        string busybox,
        JoinedNamespaces joined,
        JsonNode? seccomp,
        Defences defences,
        UserIds? users,
        IReadOnlyDictionary<BindMount, StagedMount> staged,
        JsonObject process
    ) =>
        new()
        {
            ["ociVersion"] = "1.0.2",
            ["process"] = process,
            ["root"] = new JsonObject { ["path"] = paths.RootFs, ["readonly"] = false },
            ["hostname"] = hostname,
            ["mounts"] = Mounts(spec, paths, busybox, defences, staged),
            ["linux"] = Linux(spec, paths, joined, seccomp, defences, users),
        };

    /// <summary>A process that waits for the container's end.</summary>
    public static JsonObject Waiting() =>
        new()
        {
            ["terminal"] = false,
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = new JsonArray(Busybox, "sh", "-c", Reaper),
            ["env"] = new JsonArray("PATH=/dev"),
            ["cwd"] = "/",
            ["capabilities"] = Capabilities.None(),
            ["noNewPrivileges"] = true,
        };

    private static JsonArray Mounts(
        ContainerSpec spec,
        ContainerPaths paths,
        string busybox,
        Defences defences,
        IReadOnlyDictionary<BindMount, StagedMount> staged
    )
    {
        string[] secure = ["nosuid", "noexec", "nodev"];
        string[] sized = defences.HasFlag(Defences.Disk) ? ["size=65536k", MemoryFiles] : [];
        var mounts = new JsonArray(
            Mount("/proc", "proc", "proc", secure),
            Mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", .. sized]),
            Mount("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            Mount("/dev/shm", "tmpfs", "shm", [.. secure, "mode=1777", .. sized]),
            Mount("/dev/mqueue", "mqueue", "mqueue", secure),
            Mount("/sys", "sysfs", "sysfs", defences.HasFlag(Defences.Paths) ? [.. secure, "ro"] : secure),
            Mount("/sys/fs/cgroup", "cgroup", "cgroup", [.. secure, "relatime", "ro"]),
            Mount(Busybox, "bind", busybox, ["bind", "ro", "nosuid", "nodev"]),
            Mount("/etc/hosts", "bind", paths.Hosts, ["bind", "ro", "nosuid", "nodev"]),
            Mount("/etc/hostname", "bind", paths.HostName, ["bind", "ro", "nosuid", "nodev"]),
            Mount("/etc/resolv.conf", "bind", paths.ResolvConf, ["bind", "ro", "nosuid", "nodev"])
        );
        foreach (var mount in spec.Mounts)
        {
            var source = staged.GetValueOrDefault(mount, new StagedMount(mount.Source, mount.ReadOnly, NoPrograms: false));
            string[] limits = [source.ReadOnly ? "ro" : "rw", "nosuid", "nodev", .. source.NoPrograms ? ["noexec"] : Array.Empty<string>()];
            mounts.Add(Mount(mount.Destination, "bind", source.Path, ["rbind", "rprivate", .. limits]));
        }

        return mounts;
    }

    private static JsonObject Linux(
        ContainerSpec spec,
        ContainerPaths paths,
        JoinedNamespaces joined,
        JsonNode? seccomp,
        Defences defences,
        UserIds? users
    )
    {
        var linux = new JsonObject
        {
            ["cgroupsPath"] = paths.Cgroup,
            ["resources"] = Resources(spec.Limits, allDevices: !defences.HasFlag(Defences.Devices)),
            ["namespaces"] = new JsonArray(
                joined.Pids is { } pids ? Namespace("pid", pids) : Namespace("pid"),
                Namespace("ipc"),
                Namespace("uts"),
                Namespace("mount"),
                Namespace("cgroup"),
                Namespace("network", joined.Network)
            ),
        };
        if (users is { } ids)
        {
            linux["namespaces"]!.AsArray().Add(Namespace("user", joined.Users!));
            foreach (var map in (string[])["uidMappings", "gidMappings"])
                linux[map] = new JsonArray(
                    new JsonObject
                    {
                        ["containerID"] = 0,
                        ["hostID"] = ids.First,
                        ["size"] = UserIds.Count,
                    }
                );
        }

        if (seccomp is not null)
            linux["seccomp"] = seccomp.DeepClone();
        if (!defences.HasFlag(Defences.Paths))
            return linux;

        linux["maskedPaths"] = new JsonArray([.. MaskedPaths().Select(path => (JsonNode)path)]);
        linux["readonlyPaths"] = new JsonArray([.. ReadOnlyPaths.Select(path => (JsonNode)path)]);
        return linux;
    }

    /// <summary>Paths that no unprivileged container can read.</summary>
    public static IEnumerable<string> MaskedPaths() => Masked.Concat(ThermalThrottles());

    /// <summary>One path per processor; it would show throttling caused by neighbours.</summary>
    private static IEnumerable<string> ThermalThrottles() =>
        Enumerable
            .Range(0, Environment.ProcessorCount)
            .Select(number => $"/sys/devices/system/cpu/cpu{number}/thermal_throttle")
            .Where(Directory.Exists);

    private static JsonObject Resources(ContainerLimits limits, bool allDevices)
    {
        // No devices except those that runc always allows (null, zero, random, tty, …).
        var resources = new JsonObject { ["devices"] = new JsonArray(new JsonObject { ["allow"] = allDevices, ["access"] = "rwm" }) };
        if (limits.MemoryMb > 0)
        {
            var bytes = (long)limits.MemoryMb << 20;
            resources["memory"] = new JsonObject { ["limit"] = bytes, ["swap"] = bytes }; // memory and swap together: no swap
        }

        if (limits.CpuShares > 0)
            resources["cpu"] = new JsonObject { ["shares"] = Math.Max(2, limits.CpuShares) };
        if (limits.MaxPids > 0)
            resources["pids"] = new JsonObject { ["limit"] = limits.MaxPids + OwnPids };
        return resources;
    }

    private static JsonObject Mount(string destination, string type, string source, string[] options) =>
        new()
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = new JsonArray([.. options.Select(option => (JsonNode)option)]),
        };

    private static JsonObject Namespace(string type) => new() { ["type"] = type };

    private static JsonObject Namespace(string type, string path) => new() { ["type"] = type, ["path"] = path };
}
