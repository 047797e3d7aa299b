using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Cni;
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
)
{
    /// <summary>A root filesystem that contains only the directories runc mounts on.</summary>
    public const string EmptyRootFs = "scheduler-empty";

    private const long OverlayFileSystem = 0x794c_7630;

    /// <summary>User ids for containers with user namespaces; null: containers use the host's ids.</summary>
    public UserIdPool? Users { get; init; }

    /// <summary>Name of the AppArmor profile of unprivileged containers; null: none.</summary>
    public string? AppArmorProfile { get; init; }

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
        var busybox = Programs.Find(options.Busybox, "busybox-static");
        if (!ElfFile.IsStatic(busybox))
            throw new ContainerRuntimeException(
                $"{busybox} is not statically linked, so it cannot run in every root filesystem: install the package busybox-static (apt-get install busybox-static)"
            );
        if (!File.ReadLines("/proc/filesystems").Any(line => line.EndsWith("\toverlay", StringComparison.Ordinal)))
            throw new ContainerRuntimeException("the kernel has no overlay filesystem: load the module overlay (modprobe overlay)");

        var cgroups = Cgroups.Detect();
        var paths = new CellPaths(Path.GetFullPath(options.StateDirectory), options.CgroupParent);
        MakeDirectories(paths);
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

    /// <summary>A privileged container keeps the defences that protect others rather than itself.</summary>
    public Defences DefencesOf(ContainerSpec spec) =>
        (spec.Privileged ? Defences.Devices | Defences.Descriptors | Defences.Limits | Defences.Disk : Defences.All) & ~Options.Without;

    public Rights RightsOf(ContainerSpec spec)
    {
        var defences = DefencesOf(spec);
        return new Rights(
            defences.HasFlag(Defences.Capabilities) ? Confined(spec) : Capabilities.All.ToHashSet(),
            NewPrivileges: !defences.HasFlag(Defences.NoNewPrivileges),
            spec.Privileged ? null : AppArmorProfile
        );
    }

    public JsonNode? SeccompOf(ContainerSpec spec) => DefencesOf(spec).HasFlag(Defences.Seccomp) ? Seccomp?.Invoke(Confined(spec)) : null;

    /// <summary>The content of a new container's resolv.conf.</summary>
    public string ResolvConfOf(ContainerSpec spec) =>
        EtcFiles.ResolvConf(
            spec.DnsServers.Count > 0 ? ResolverSettings.OfHost with { Servers = spec.DnsServers } : Network.Resolvers,
            EtcFiles.OfHost()
        );

    private static IReadOnlySet<string> Confined(ContainerSpec spec) =>
        spec.Capabilities.Count == 0 ? Capabilities.ByDefault : Capabilities.ByDefault.Concat(spec.Capabilities).ToHashSet();

    /// <summary>
    /// Raising a limit above the rep's own needs a capability that a confined cell may lack; the default must work everywhere.
    /// </summary>
    private static MachineLimits ReadLimits(RuntimeOptions options)
    {
        const string openFiles = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(openFiles, StringComparison.Ordinal));
        var hard = line[openFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new MachineLimits(
            long.TryParse(hard, out var most) ? Math.Min(most, options.DefaultOpenFiles) : options.DefaultOpenFiles,
            Capabilities.Available()
        );
    }

    private static long FileSystemOf(string path)
    {
        var buffer = new byte[120];
        return Native.FileSystemStatus(path, buffer) == 0
            ? BitConverter.ToInt64(buffer)
            : throw new ContainerRuntimeException($"cannot inspect {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
