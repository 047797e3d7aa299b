using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Links;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The machine as used by one cell: checked once, then shared by everything that works on containers.</summary>
internal sealed record CellMachine(
    CellPaths Paths,
    RuntimeOptions Options,
    Commands Commands,
    string Runc,
    string Conmon,
    string Busybox,
    string Unshare,
    string Nsenter,
    Func<IReadOnlySet<string>, JsonNode>? Seccomp,
    MachineLimits Limits,
    Cgroups Cgroups,
    ImageStore Images,
    IContainerDisks Disks,
    ContainerNetwork Network,
    InotifyHub Hub,
    TimeProvider Time,
    ILogger Log
) : ProcessTools(Options, Commands, Runc, Paths.Runc, Conmon, Busybox, Seccomp, Limits, Cgroups, Hub, Time, Log)
{
    /// <summary>A root filesystem that contains only the directories runc mounts on.</summary>
    public const string EmptyRootFs = "scheduler-empty";

    private const long OverlayFileSystem = 0x794c_7630;

    /// <summary>User ids for containers with user namespaces; null: containers use the host's ids.</summary>
    public UserIdPool? Users { get; init; }

    /// <exception cref="ContainerRuntimeException">Names the first missing requirement and how to fix it.</exception>
    public static async Task<CellMachine> PrepareAsync(
        RuntimeOptions options,
        ImageOptions images,
        NetworkOptions network,
        InotifyHub hub,
        TimeProvider time,
        ILogger log,
        CancellationToken cancellation
    )
    {
        if (!Environment.IsPrivilegedProcess)
            throw new ContainerRuntimeException("running containers requires root: start the rep as root, or use the simulated runtime");
        var commands = new Commands(options.CommandTimeout, time);
        var runc = Programs.Find(options.Runc, "runc");
        var conmon = Programs.Find(options.Conmon, "conmon");
        var busybox = FindBusybox(options);
        if (!File.ReadLines("/proc/filesystems").Any(line => line.EndsWith("\toverlay", StringComparison.Ordinal)))
            throw new ContainerRuntimeException("the kernel has no overlay filesystem: load the module overlay (modprobe overlay)");

        var cgroups = Cgroups.Detect();
        var paths = new CellPaths(Path.GetFullPath(options.StateDirectory), options.CgroupParent);
        MakeDirectories(paths);
        OtherRuntimes.Refuse(paths.State, RuntimeKind.Runc);
        if (FileSystemOf(paths.State) == OverlayFileSystem)
            throw new ContainerRuntimeException(
                $"the state directory {paths.State} is on an overlay filesystem, on which the kernel cannot mount further overlays: put it "
                    + "on a separate volume"
            );

        var disks = await ContainerDisks.ChooseAsync(options, paths.Volumes, commands, cancellation);
        var appArmor = AppArmor.Choose(options.AppArmor);
        if (appArmor.IsMissing)
            log.NoAppArmorProfile(AppArmor.DefaultProfile);
        return new CellMachine(
            paths,
            options,
            commands,
            runc,
            conmon,
            busybox,
            Programs.Find("unshare", "util-linux"),
            Programs.Find("nsenter", "util-linux"),
            SeccompProfile.Choose(options.Seccomp),
            ReadLimits(options),
            cgroups,
            new ImageStore(
                paths.Images,
                images,
                new Dictionary<string, string>(options.PreloadedRootFs) { [EmptyRootFs] = paths.Empty },
                time
            ),
            disks,
            new ContainerNetwork(paths.Network, options.LeaseDirectory, network, commands),
            hub,
            time,
            log
        )
        {
            AppArmorProfile = appArmor.Profile,
            Users =
                options.UserNamespaces == UserNamespaceMode.Off
                    ? null
                    : new UserIdPool(options.UserIdRange, LeaseDirectory.OfMachine(options.LeaseDirectory, "users")),
        };
    }

    /// <summary>A container's users must be able to reach its root filesystem, but nothing else of the cell.</summary>
    private static void MakeDirectories(CellPaths paths)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode passable = owner | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (var directory in (string[])[paths.Containers, paths.Sandboxes, paths.Runc, paths.Images, paths.Network, paths.Empty])
            Directory.CreateDirectory(directory);
        foreach (var directory in (string[])["dev", "etc", "proc", "sys"])
            Directory.CreateDirectory(Path.Combine(paths.Empty, directory));
        foreach (var directory in (string[])[paths.State, paths.Containers])
            File.SetUnixFileMode(directory, passable);
        foreach (var directory in (string[])[paths.Sandboxes, paths.Runc, paths.Images, paths.Network])
            File.SetUnixFileMode(directory, owner);
    }

    /// <summary>The content of a new container's resolv.conf.</summary>
    public string ResolvConfOf(ContainerSpec spec) => EtcFiles.ResolvConf(spec, Network.Resolvers);

    private static long FileSystemOf(string path)
    {
        var buffer = new byte[120];
        return Native.FileSystemStatus(path, buffer) == 0
            ? BitConverter.ToInt64(buffer)
            : throw new ContainerRuntimeException($"cannot inspect {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
