using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Networking.Links;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Creates a container. Independent parts run in parallel: the network with the volume and the engine, which needs only the namespaces,
/// and the address is not needed before the first process.
/// </summary>
internal sealed class ContainerCreator(CellMachine machine, SandboxPool sandboxes, IContainerEngine engine)
{
    /// <summary>If this throws, the caller destroys what exists.</summary>
    /// <param name="image">Held by the caller until this returns.</param>
    public async Task<ContainerRecord> CreateAsync(
        ContainerSpec spec,
        ContainerPaths paths,
        PreparedImage image,
        CancellationToken cancellation
    )
    {
        CheckMounts(spec);
        Directory.CreateDirectory(paths.Root);
        var record = new ContainerRecord
        {
            Spec = spec,
            CreatedAt = machine.Time.GetUtcNow(),
            Id = engine.NameOf(spec.Handle),
        };
        Write(paths, record);

        // Record the ports before the plugins use them, so that they can be released after a crash in between.
        var ports = machine.Network.Ports.Take(spec.Ports.Count, paths.Root);
        record = record with { Ports = [.. spec.Ports.Zip(ports, (container, host) => new PortMapping(container, host))] };
        Write(paths, record);

        var sandbox = await TakeSandboxAsync(spec, cancellation);
        record = record with { Sandbox = sandbox.Id, Users = sandbox.Users, Pause = sandbox.Pause };
        Write(paths, record);

        var hostname = HostName(spec);
        var resolvConf = machine.ResolvConfOf(spec);
        var resolvers = EtcFiles.Servers(resolvConf);
        var attached = AttachAsync(sandbox, spec, resolvers, record.Ports, cancellation);
        try
        {
            var disk = DiskLimit.Of(spec.Limits.DiskMb, machine.Options.DefaultDiskMb, image.Bytes, machine.Options.MaxInodes);
            record = record with { LayerKeys = image.LayerKeys, Image = image.Defaults, Disk = disk };
            Write(paths, record);
            await machine.Disks.MakeAsync(paths, disk, cancellation);
            MakeDirectories(paths, record.Users);
            WriteFiles(paths, hostname, resolvConf);
            foreach (var source in StagedMounts.Make(spec, paths, record.Users is null ? null : machine.Paths.Sandbox(sandbox.Id).Users))
                machine.Log.OwnersNotMapped(source, spec.Handle);
            using (
                var lower = record.Users is null
                    ? LowerLayers.AsTheyAre(image)
                    : LowerLayers.Mapped(image, paths.Lower, machine.Paths.Sandbox(sandbox.Id).Users)
            )
                await Mounts.OverlayAsync(
                    lower.Root,
                    lower.Names,
                    paths.Upper,
                    paths.Work,
                    paths.RootFs,
                    devices: !machine.DefencesOf(spec).HasFlag(Defences.Devices)
                );
            await MountPlaces.CheckAsync(spec, MountPlaces.LinksIn(paths.RootFs));
            if (record.Pause.Pid == 0)
                record = record with { Init = await RunWaitingAsync(record, paths, cancellation) };
        }
        finally
        {
            // The network must not be set up any more while the caller destroys the container.
            await attached.Ended();
        }

        var link = await attached;
        await File.AppendAllTextAsync(paths.Hosts, EtcFiles.HostLine(link.Address, hostname), cancellation);

        record = record with
        {
            Complete = true,
            Address = link.Address,
            HostInterface = link.HostInterface,
            Mac = link.Mac,
            BridgeMac = link.BridgeMac,
            Resolvers = [.. resolvers.Select(resolver => resolver.ToString())],
        };
        Write(paths, record);
        return record;
    }

    /// <summary>Has the engine start the container with a process that only waits.</summary>
    public Task<ProcessIdentity> RunWaitingAsync(ContainerRecord record, ContainerPaths paths, CancellationToken cancellation)
    {
        WriteConfig(machine, record, paths, OciConfig.Waiting());
        return engine.RunWaitingAsync(record, paths, cancellation);
    }

    /// <summary>Writes the bundle's configuration.</summary>
    /// <param name="process">What the container is started with.</param>
    public static void WriteConfig(CellMachine machine, ContainerRecord record, ContainerPaths paths, JsonObject process)
    {
        var spec = record.Spec;
        var sandbox = machine.Paths.Sandbox(record.Sandbox!);
        var config = OciConfig.Build(
            spec,
            paths,
            HostName(spec),
            machine.Busybox,
            new JoinedNamespaces(
                machine.Network.NamespacePath(record.Sandbox!),
                record.Users is null ? null : sandbox.Users,
                record.Pause.Pid > 0 ? sandbox.Pids : null
            ),
            machine.SeccompOf(spec),
            machine.DefencesOf(spec),
            record.Users,
            StagedMounts.Of(spec, paths),
            process
        );
        PrivateFile.Write(paths.Config, Encoding.UTF8.GetBytes(config.ToJsonString()));
    }

    public static void Write(ContainerPaths paths, ContainerRecord record) =>
        RecordFile.Write(paths.Record, record, RecordJson.Default.ContainerRecord);

    public static string HostName(ContainerSpec spec) => spec.Hostname ?? spec.Handle[..Math.Min(12, spec.Handle.Length)];

    /// <summary>
    /// A process that was there before the container has no seccomp filter: only the usual capabilities are sure not to reach it.
    /// </summary>
    private async Task<Sandbox> TakeSandboxAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        var hasUsers = machine.DefencesOf(spec).HasFlag(Defences.UserNamespace);
        var mayPause =
            engine.JoinsPidNamespaces
            && spec is { MainProcess: not null, Privileged: false, Capabilities.Count: 0 }
            && machine.Options.Without == Defences.None;
        if ((hasUsers || machine.Users is null) && await sandboxes.TryTakeAsync() is { } spare)
        {
            if (spare.Pause.Pid == 0 || mayPause)
                return spare;
            await sandboxes.Maker.EndAsync(spare.Id, cancellation);
            return spare with { Pause = default };
        }

        return await sandboxes.Maker.MakeAsync(hasUsers, mayPause, cancellation);
    }

    private async Task<ContainerLink> AttachAsync(
        Sandbox sandbox,
        ContainerSpec spec,
        IReadOnlyList<IPAddress> resolvers,
        IReadOnlyList<PortMapping> ports,
        CancellationToken cancellation
    )
    {
        var link = sandbox.Link ?? (await sandboxes.Maker.ConnectAsync([sandbox], cancellation))[0].Link!;
        await machine.Network.AdmitAsync(spec, link, resolvers, ports, cancellation);
        return link;
    }

    /// <exception cref="DomainException">A source does not exist.</exception>
    public static void CheckMounts(ContainerSpec spec)
    {
        foreach (var mount in spec.Mounts)
        {
            if (mount.IsForeign)
                StagedMounts.Check(mount);
            else if (!Path.Exists(mount.Source))
                throw DomainError.Invalid("mounts", $"source {mount.Source} must exist on the cell").ToException();
        }
    }

    /// <summary>Writes those files in /etc that do not come from the image.</summary>
    public static void WriteFiles(ContainerPaths paths, string hostname, string resolvConf)
    {
        File.WriteAllText(paths.Hosts, EtcFiles.Hosts);
        File.WriteAllText(paths.HostName, hostname + "\n");
        File.WriteAllText(paths.ResolvConf, resolvConf);
        foreach (var file in (string[])[paths.Hosts, paths.HostName, paths.ResolvConf])
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>The container's users may reach its root filesystem; no other user of the machine except root has access.</summary>
    private static void MakeDirectories(ContainerPaths paths, UserIds? users)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var directory in (string[])[paths.RootFs, paths.Upper, paths.Work])
            Directory.CreateDirectory(directory);
        Directory.CreateDirectory(paths.Processes, owner);
        File.SetUnixFileMode(paths.Root, users is null ? owner : owner | UnixFileMode.GroupExecute);
        if (users is not { } ids)
            return;
        if (Native.ChangeOwner(paths.Root, 0, ids.First) != 0 || Native.ChangeOwner(paths.Upper, ids.First, ids.First) != 0)
            throw new ContainerRuntimeException(
                $"cannot change the owner of {paths.Root} to the container's user IDs: {Native.LastError().Message}"
            );
    }
}
