using System.Globalization;
using System.Text.Json.Nodes;
using Docker.DotNet.Models;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>What the engine is told about every container of a cell.</summary>
/// <param name="Cell">Name of the cell.</param>
/// <param name="Network">Name of its network.</param>
/// <param name="CgroupParent">Null: the engine's choice.</param>
internal sealed record CellRequest(
    string Cell,
    string Network,
    string? CgroupParent,
    string Busybox,
    string? AppArmorProfile,
    long DefaultOpenFiles
);

/// <summary>Builds the request for a container in which a process waits for the others. No I/O.</summary>
internal static class ContainerRequest
{
    public static CreateContainerParameters Build(
        CellRequest cell,
        ContainerRecord record,
        ContainerPaths paths,
        string image,
        string hostname,
        Rights rights,
        JsonNode? seccomp,
        Defences defences,
        IReadOnlyDictionary<BindMount, StagedMount> staged
    )
    {
        var spec = record.Spec;
        return new CreateContainerParameters
        {
            Name = NameOf(cell.Cell, spec.Handle),
            Image = image,
            Hostname = hostname,
            User = "0:0",
            WorkingDir = "/",
            Entrypoint = [OciConfig.Busybox],
            Cmd = ["sh", "-c", OciConfig.Reaper],
            Healthcheck = new HealthConfig { Test = ["NONE"] },
            Labels = ContainerLabels.Of(cell.Cell, record),
            ExposedPorts = spec.Ports.ToDictionary(Port, _ => default(EmptyStruct)),
            HostConfig = new HostConfig
            {
                NetworkMode = cell.Network,
                PortBindings = record.Ports.ToDictionary(
                    port => Port(port.ContainerPort),
                    port => (IList<PortBinding>)[new PortBinding { HostIP = "0.0.0.0", HostPort = $"{port.HostPort}" }]
                ),
                CgroupParent = cell.CgroupParent,
                // Nothing that waits has anything to say; processes have logs of their own.
                LogConfig = new LogConfig { Type = "none", Config = new Dictionary<string, string>() },
                RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
                Init = false,
                // The process that waits needs none, and the others get theirs from runc: an engine may not even know all of them.
                CapDrop = ["ALL"],
                SecurityOpt = SecurityOptions(cell, spec, rights, seccomp),
                MaskedPaths = defences.HasFlag(Defences.Paths) ? [.. OciConfig.MaskedPaths()] : [],
                ReadonlyPaths = defences.HasFlag(Defences.Paths) ? [.. OciConfig.ReadOnlyPaths] : [],
                Memory = (long)spec.Limits.MemoryMb << 20,
                MemorySwap = (long)spec.Limits.MemoryMb << 20, // memory and swap together: no swap
                CPUShares = spec.Limits.CpuShares > 0 ? Math.Max(2, spec.Limits.CpuShares) : 0,
                PidsLimit = spec.Limits.MaxPids > 0 ? spec.Limits.MaxPids + OciConfig.OwnPids : null,
                Ulimits =
                [
                    new Ulimit
                    {
                        Name = "nofile",
                        Soft = cell.DefaultOpenFiles,
                        Hard = cell.DefaultOpenFiles,
                    },
                ],
                Mounts =
                [
                    Bind(cell.Busybox, OciConfig.Busybox, readOnly: true),
                    Bind(paths.Hosts, "/etc/hosts", readOnly: true),
                    Bind(paths.HostName, "/etc/hostname", readOnly: true),
                    Bind(paths.ResolvConf, "/etc/resolv.conf", readOnly: true),
                    .. spec.Mounts.Select(mount => Bind(mount, staged)),
                ],
            },
        };
    }

    /// <summary>Name of a cell's container at the engine.</summary>
    public static string NameOf(string cell, string handle) => $"scheduler-{cell}-{handle}";

    private static string Port(int port) => string.Create(CultureInfo.InvariantCulture, $"{port}/tcp");

    private static List<string> SecurityOptions(CellRequest cell, ContainerSpec spec, Rights rights, JsonNode? seccomp)
    {
        List<string> options = [$"seccomp={seccomp?.ToJsonString() ?? SeccompProfile.Unconfined}"];
        if (!rights.NewPrivileges)
            options.Add("no-new-privileges");
        if (spec.Privileged)
            options.Add("apparmor=unconfined");
        else if (cell.AppArmorProfile is { } profile)
            options.Add($"apparmor={profile}");
        return options;
    }

    /// <summary>A staged mount is read-only itself; to repeat that here would lose what else the host forbids in it.</summary>
    private static Mount Bind(BindMount mount, IReadOnlyDictionary<BindMount, StagedMount> staged) =>
        staged.TryGetValue(mount, out var from)
            ? Bind(from.Path, mount.Destination, readOnly: false)
            : Bind(mount.Source, mount.Destination, mount.ReadOnly);

    private static Mount Bind(string source, string target, bool readOnly) =>
        new()
        {
            Type = "bind",
            Source = source,
            Target = target,
            ReadOnly = readOnly,
            BindOptions = new BindOptions { Propagation = "rprivate" },
        };
}
