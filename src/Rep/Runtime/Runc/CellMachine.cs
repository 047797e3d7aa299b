using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Images;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The machine as one cell uses it: found and proven fit once, then shared by all that work on containers.</summary>
internal sealed record CellMachine(
    CellPaths Paths, RuntimeOptions Options, Commands Commands, string Runc, string Conmon, string Busybox, JsonNode? Seccomp, MachineLimits Limits,
    Cgroups Cgroups, ImageStore Images, ContainerNetwork Network, InotifyHub Hub, TimeProvider Time, ILogger Log)
{
    private const long OverlayFileSystem = 0x794c_7630;

    /// <exception cref="ContainerRuntimeException">The first thing that is missing, with what to do about it.</exception>
    public static CellMachine Prepare(
        RuntimeOptions options, ImageOptions images, NetworkOptions network, InotifyHub hub, TimeProvider time, ILogger log)
    {
        if (!Environment.IsPrivilegedProcess) throw new ContainerRuntimeException("running containers needs root: start the rep as root, or use the simulated runtime");
        var commands = new Commands(options.CommandTimeout, time);
        var runc = Programs.Find(options.Runc, "runc");
        var conmon = Programs.Find(options.Conmon, "conmon");
        var busybox = Programs.Find(options.Busybox, "busybox-static");
        if (!ElfFile.IsStatic(busybox)) throw new ContainerRuntimeException($"{busybox} is not statically linked, so it cannot run in every root filesystem: install the package busybox-static (apt-get install busybox-static)");
        if (!File.ReadLines("/proc/filesystems").Any(line => line.EndsWith("\toverlay", StringComparison.Ordinal)))
            throw new ContainerRuntimeException("the kernel has no overlay filesystem: load the module overlay (modprobe overlay)");

        var cgroups = Cgroups.Detect();
        var paths = new CellPaths(Path.GetFullPath(options.StateDirectory), options.CgroupParent);
        foreach (var directory in (string[])[paths.Containers, paths.Runc]) Directory.CreateDirectory(directory);
        File.SetUnixFileMode(paths.State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (FileSystemOf(paths.State) == OverlayFileSystem)
            throw new ContainerRuntimeException($"the state directory {paths.State} lies on an overlay filesystem, over which the kernel makes no further overlays: put it on a volume of its own");

        return new CellMachine(
            paths, options, commands, runc, conmon, busybox, ReadSeccomp(options.SeccompProfile), ReadLimits(options), cgroups,
            new ImageStore(paths.Images, images, options.PreloadedRootFs, time), new ContainerNetwork(paths.Network, network, commands), hub, time, log);
    }

    /// <summary>A privileged container keeps what protects others rather than itself.</summary>
    public Defences DefencesOf(ContainerSpec spec) =>
        (spec.Privileged ? Defences.Devices | Defences.Descriptors | Defences.Limits : Defences.All) & ~Options.Without;

    /// <summary>Raising a limit over the rep's own needs a capability that a confined cell may lack; the default must work everywhere.</summary>
    private static MachineLimits ReadLimits(RuntimeOptions options)
    {
        const string openFiles = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(openFiles, StringComparison.Ordinal));
        var hard = line[openFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new MachineLimits(long.TryParse(hard, out var most) ? Math.Min(most, options.DefaultOpenFiles) : options.DefaultOpenFiles, Capabilities.Available());
    }

    private static JsonNode? ReadSeccomp(string? path)
    {
        if (path is null) return null;
        try
        {
            return JsonNode.Parse(File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ContainerRuntimeException($"the seccomp profile {path} cannot be read: {failure.Message}", failure);
        }
    }

    private static long FileSystemOf(string path)
    {
        var buffer = new byte[120];
        return NetworkNamespace.StatFs(path, buffer) == 0 ? BitConverter.ToInt64(buffer) : throw new ContainerRuntimeException($"cannot look at {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
