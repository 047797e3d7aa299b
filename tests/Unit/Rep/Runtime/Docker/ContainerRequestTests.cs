using System.Text.Json.Nodes;
using Docker.DotNet.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Rep.Runtime.Runc;
using ContainerSpec = Scheduler.Rep.Runtime.ContainerSpec;

namespace Scheduler.Tests.Unit.Rep.Runtime.Docker;

public sealed class ContainerRequestTests
{
    private static readonly CellRequest Cell = new("0123456789ab", "net", "/cells/0123456789ab", "/bin/busybox", null, 16_384);
    private static readonly ContainerPaths Paths = new("/state/c1", "/cells/c1");
    private static readonly ContainerSpec Spec = new() { Handle = "c1", RootFs = "preloaded:busybox" };

    [Fact]
    public void A_container_waits_without_network_to_others_and_with_the_engines_help_off()
    {
        var request = Build(Spec);
        Assert.Equal("scheduler-0123456789ab-c1", request.Name);
        Assert.Equal(["/dev/busybox"], request.Entrypoint);
        Assert.Equal(["NONE"], request.Healthcheck.Test);
        Assert.Equal(("net", "/cells/0123456789ab"), (request.HostConfig.NetworkMode, request.HostConfig.CgroupParent));
        Assert.Equal("none", request.HostConfig.LogConfig.Type);
        Assert.False(request.HostConfig.Privileged);
        Assert.Equal(
            (0, 0, 0, null),
            (request.HostConfig.Memory, request.HostConfig.MemorySwap, request.HostConfig.CPUShares, request.HostConfig.PidsLimit)
        );
    }

    [Fact]
    public void Limits_and_ports_are_the_engines()
    {
        var request = Build(
            Spec with
            {
                Limits = new()
                {
                    MemoryMb = 64,
                    MaxPids = 100,
                    CpuShares = 1,
                },
                Ports = [8080, 53],
            },
            [new PortMapping(8080, 61_001), new PortMapping(53, 61_002)]
        );
        Assert.Equal((64L << 20, 64L << 20), (request.HostConfig.Memory, request.HostConfig.MemorySwap));
        Assert.Equal((112, 2), (request.HostConfig.PidsLimit, request.HostConfig.CPUShares));
        Assert.Equal(["8080/tcp", "53/tcp"], request.ExposedPorts.Keys);
        var published = Assert.Single(request.HostConfig.PortBindings["53/tcp"]);
        Assert.Equal(("0.0.0.0", "61002"), (published.HostIP, published.HostPort));
    }

    [Fact]
    public void Defences_are_the_cells()
    {
        var request = Build(Spec);
        Assert.Equal(["ALL"], request.HostConfig.CapDrop);
        Assert.Empty(request.HostConfig.CapAdd ?? []); // of what waits: processes get theirs from runc
        Assert.Equal(["seccomp={\"defaultAction\":\"SCMP_ACT_ERRNO\"}", "no-new-privileges"], request.HostConfig.SecurityOpt);
        Assert.Contains("/proc/keys", request.HostConfig.MaskedPaths);
        Assert.Contains("/proc/sys", request.HostConfig.ReadonlyPaths);

        var free = ContainerRequest.Build(
            Cell,
            Record(Spec with { Privileged = true }, []),
            Paths,
            "sha256:1",
            "c1",
            new Rights(Capabilities.All.ToHashSet(), NewPrivileges: true, null),
            null,
            Defences.Devices,
            new Dictionary<BindMount, StagedMount>()
        );
        Assert.False(free.HostConfig.Privileged); // it would give all devices of the machine
        Assert.Equal(["ALL"], free.HostConfig.CapDrop);
        Assert.Empty(free.HostConfig.CapAdd ?? []);
        Assert.Equal(["seccomp=unconfined", "apparmor=unconfined"], free.HostConfig.SecurityOpt);
        Assert.Empty(free.HostConfig.MaskedPaths);
        Assert.Empty(free.HostConfig.ReadonlyPaths);
    }

    [Fact]
    public void A_staged_mount_keeps_what_the_host_forbids_in_it()
    {
        var (own, foreign) = (new BindMount("/a", "/mnt/a"), new BindMount("/b", "/mnt/b") { IsForeign = true });
        var request = Build(
            Spec with
            {
                Mounts = [own, foreign],
            },
            [],
            new Dictionary<BindMount, StagedMount> { [foreign] = new("/state/c1/mounts/0", ReadOnly: true, NoPrograms: true) }
        );
        Mount Of(string target) => request.HostConfig.Mounts.Single(mount => mount.Target == target);
        Assert.Equal(("/a", true), (Of("/mnt/a").Source, Of("/mnt/a").ReadOnly));
        Assert.Equal(("/state/c1/mounts/0", false), (Of("/mnt/b").Source, Of("/mnt/b").ReadOnly));
        Assert.All(request.HostConfig.Mounts, mount => Assert.Equal("rprivate", mount.BindOptions.Propagation));
    }

    [Fact]
    public void Labels_bring_the_record_back_to_its_cell_only()
    {
        var record = Record(Spec with { Properties = new Dictionary<string, string> { ["a"] = "1" } }, [new PortMapping(80, 61_001)]) with
        {
            Image = new ImageDefaults(["A=1"], "web", "/srv") { StopSignal = "SIGQUIT" },
            Disk = new DiskLimit(16, 4096),
        };
        var labels = ContainerLabels.Of("cell", record);
        var read = ContainerLabels.Read("cell", labels)!;
        Assert.Equal("1", read.Spec.Properties["a"]);
        Assert.Equal(record.Ports, read.Ports);
        Assert.Equal((record.CreatedAt, record.Disk, "SIGQUIT"), (read.CreatedAt, read.Disk, read.Image.StopSignal));
        Assert.Null(ContainerLabels.Read("other", labels));
        Assert.Null(ContainerLabels.Read("cell", null));
        Assert.Throws<ContainerRuntimeException>(() =>
            ContainerLabels.Read("cell", new Dictionary<string, string> { [ContainerLabels.Cell] = "cell" })
        );
    }

    private static CreateContainerParameters Build(
        ContainerSpec spec,
        IReadOnlyList<PortMapping>? ports = null,
        IReadOnlyDictionary<BindMount, StagedMount>? staged = null
    ) =>
        ContainerRequest.Build(
            Cell,
            Record(spec, ports ?? []),
            Paths,
            "sha256:1",
            "c1",
            new Rights(new HashSet<string> { "CAP_CHOWN" }, NewPrivileges: false, null),
            new JsonObject { ["defaultAction"] = "SCMP_ACT_ERRNO" },
            Defences.All,
            staged ?? new Dictionary<BindMount, StagedMount>()
        );

    private static ContainerRecord Record(ContainerSpec spec, IReadOnlyList<PortMapping> ports) =>
        new()
        {
            Spec = spec,
            CreatedAt = DateTimeOffset.UnixEpoch,
            Ports = ports,
        };
}
