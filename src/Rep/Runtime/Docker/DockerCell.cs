using System.Net;
using Docker.DotNet.Models;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Policy;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>One cell on a Docker engine: checked once, then shared by everything that works on containers.</summary>
internal sealed record DockerCell(
    CellPaths Paths,
    DockerEngine Engine,
    EngineFacts Facts,
    EngineContainers Containers,
    EngineNetwork Network,
    EngineFirewall Firewall,
    string Subnet,
    EngineImages Images,
    HostPorts Ports,
    ResolverSettings Resolvers,
    CellRequest Request,
    ProcessTools Tools
)
{
    /// <summary>The engine's name for the containers of its users, as far as runc is concerned.</summary>
    private const string Namespace = "moby";

    /// <exception cref="ContainerRuntimeException">Names what is missing or what the engine cannot do.</exception>
    public static async Task<DockerCell> PrepareAsync(
        RuntimeOptions options,
        ImageOptions images,
        NetworkOptions network,
        DockerEngine engine,
        InotifyHub hub,
        TimeProvider time,
        ILogger log,
        CancellationToken cancellation
    )
    {
        if (!Environment.IsPrivilegedProcess)
            throw new ContainerRuntimeException("running containers requires root: start the rep as root, or use the simulated runtime");
        var conmon = Programs.Find(options.Conmon, "conmon");
        var busybox = ProcessTools.FindBusybox(options);
        var nft = Programs.Find("nft", "nftables");
        var cgroups = Cgroups.Detect();
        var facts = await FactsAsync(engine, cancellation);
        if (DockerRules.Broken(options, network, images, facts) is [var first, ..] broken)
            throw new ContainerRuntimeException(broken.Count == 1 ? first : string.Join("; ", broken));

        var paths = new CellPaths(Path.Combine(Path.GetFullPath(options.StateDirectory), "docker"), options.CgroupParent);
        MakeDirectories(paths);
        OtherRuntimes.Refuse(Path.GetFullPath(options.StateDirectory), RuntimeKind.Docker);
        var cell = Path.GetFileName(paths.Cgroup);
        LeaseDirectory.Sweep(options.LeaseDirectory);
        var bridge = new EngineNetwork(engine, cell, paths.Network, options.LeaseDirectory, network);
        var subnet = await bridge.EnsureAsync(cancellation);
        var commands = new Commands(options.CommandTimeout, time);
        var firewall = new EngineFirewall(commands, nft, CellPolicy.Of(bridge.Bridge, IPNetwork.Parse(subnet), network));
        await firewall.EnsureAsync(cancellation);
        var appArmor = AppArmor.Choose(options.AppArmor);
        var limits = ProcessTools.ReadLimits(options);
        if (!facts.LiveRestore)
            log.NoLiveRestore();
        return new DockerCell(
            paths,
            engine,
            facts,
            new EngineContainers(engine, cell, bridge.Name, paths, cgroups, options.KillTimeout, time),
            bridge,
            firewall,
            subnet,
            new EngineImages(engine, cell, paths.Images, images, options.PreloadedRootFs, time),
            new HostPorts(new LeaseDirectory(options.LeaseDirectory, "ports"), network.FirstHostPort, network.LastHostPort),
            ResolverSettings.Of(network),
            new CellRequest(
                cell,
                bridge.Name,
                facts.HasOwnCgroups ? paths.Cgroup : null,
                busybox,
                appArmor.Profile,
                limits.DefaultOpenFiles
            ),
            new ProcessTools(
                options,
                commands,
                facts.Runtime!,
                Path.Combine(options.DockerExecRoot, $"runtime-{facts.RuntimeName}", Namespace),
                conmon,
                busybox,
                SeccompProfile.Choose(options.Seccomp),
                limits,
                cgroups,
                hub,
                time,
                log
            )
            {
                AppArmorProfile = appArmor.Profile,
            }
        );
    }

    /// <summary>The request for a container that is recorded but does not exist yet.</summary>
    public CreateContainerParameters RequestOf(ContainerRecord record, ContainerPaths paths, string image) =>
        ContainerRequest.Build(
            Request,
            record,
            paths,
            image,
            ContainerCreator.HostName(record.Spec),
            Tools.RightsOf(record.Spec),
            Tools.SeccompOf(record.Spec),
            Tools.DefencesOf(record.Spec),
            StagedMounts.Of(record.Spec, paths)
        );

    private static async Task<EngineFacts> FactsAsync(DockerEngine engine, CancellationToken cancellation)
    {
        SystemInfoResponse info;
        try
        {
            info = await engine.AskAsync("tell about itself", client => client.System.GetSystemInfoAsync(cancellation));
        }
        catch (ContainerRuntimeException failure)
        {
            throw new ContainerRuntimeException(
                $"{failure.Message}: start dockerd (Debian package docker.io), or set --docker-host to its address",
                failure
            );
        }

        var name = info.DefaultRuntime ?? "";
        var program = info.Runtimes?.TryGetValue(name, out var runtime) == true ? runtime.Path : null;
        return new EngineFacts(
            info.ServerVersion ?? "",
            info.Driver ?? "",
            info.CgroupDriver ?? "",
            [.. info.SecurityOptions ?? []],
            program is { Length: > 0 } ? Programs.Find(program, "runc") : null,
            info.LiveRestoreEnabled
        )
        {
            RuntimeName = name,
        };
    }

    private static void MakeDirectories(CellPaths paths)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var directory in (string[])[paths.Containers, paths.Images, paths.Network])
            Directory.CreateDirectory(directory, owner);
    }
}
