using System.Globalization;
using System.Net;
using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Networking.Cni;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Creates a container. Independent parts run in parallel: the network with the volume and runc. runc only needs the namespace,
/// and the address is not needed before the first process.
/// </summary>
internal sealed class ContainerCreator(CellMachine machine)
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
        var record = new ContainerRecord { Spec = spec, CreatedAt = machine.Time.GetUtcNow() };
        Write(paths, record);

        // Record the ports before the plugins use them, so that they can be released after a crash in between.
        var ports = machine.Network.Ports.Take(spec.Ports.Count, paths.Root);
        record = record with { Ports = [.. spec.Ports.Zip(ports, (container, host) => new PortMapping(container, host))] };
        Write(paths, record);

        if (machine.Users is { } pool && machine.DefencesOf(spec).HasFlag(Defences.UserNamespace))
        {
            record = record with { Users = pool.Take(paths.Root) };
            Write(paths, record);
        }

        var hostname = spec.Hostname ?? spec.Handle[..Math.Min(12, spec.Handle.Length)];
        var resolvConf = EtcFiles.ResolvConf(spec.DnsServers, EtcFiles.OfHost());
        var resolvers = EtcFiles.Servers(resolvConf);
        var namespaces = CreateNamespacesAsync(spec.Handle, paths, record.Users, cancellation);
        var attached = AttachAsync(namespaces, spec, resolvers, record.Ports, cancellation);
        try
        {
            var disk = DiskLimit.Of(spec.Limits.DiskMb, machine.Options.DefaultDiskMb, image.Bytes, machine.Options.MaxInodes);
            record = record with { LayerKeys = image.LayerKeys, Image = image.Defaults, Disk = disk };
            Write(paths, record);
            await machine.Disks.MakeAsync(paths, disk, cancellation);
            MakeDirectories(paths, record.Users);
            WriteFiles(spec, paths, hostname, resolvConf, record.Users);
            await namespaces;
            using (
                var lower = record.Users is null
                    ? LowerLayers.AsTheyAre(image)
                    : LowerLayers.Mapped(image, paths.Lower, paths.UserNamespace)
            )
                await Mounts.OverlayAsync(
                    lower.Root,
                    lower.Names,
                    paths.Upper,
                    paths.Work,
                    paths.RootFs,
                    devices: !machine.DefencesOf(spec).HasFlag(Defences.Devices)
                );
            record = record with { Init = await RunAsync(spec, paths, cancellation) };
        }
        finally
        {
            // The network must not be set up any more while the caller destroys the container.
            await attached.Ended();
        }

        if (record.Users is not null)
            Mounts.Remove(paths.UserNamespace); // its first process holds it now
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

    private static void CheckMounts(ContainerSpec spec)
    {
        foreach (var mount in spec.Mounts)
        {
            if (!Path.Exists(mount.Source))
                throw DomainError.Invalid("mounts", $"source {mount.Source} must exist on the cell").ToException();
        }
    }

    private void WriteFiles(ContainerSpec spec, ContainerPaths paths, string hostname, string resolvConf, UserIds? users)
    {
        File.WriteAllText(paths.Hosts, EtcFiles.Hosts);
        File.WriteAllText(paths.HostName, hostname + "\n");
        File.WriteAllText(paths.ResolvConf, resolvConf);
        foreach (var file in (string[])[paths.Hosts, paths.HostName, paths.ResolvConf])
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var config = OciConfig.Build(
            spec,
            paths,
            hostname,
            machine.Busybox,
            machine.Network.NamespacePath(spec.Handle),
            machine.SeccompOf(spec),
            machine.DefencesOf(spec),
            users
        );
        PrivateFile.Write(paths.Config, Encoding.UTF8.GetBytes(config.ToJsonString()));
    }

    private Task CreateNamespacesAsync(string handle, ContainerPaths paths, UserIds? users, CancellationToken cancellation) =>
        machine.Network.CreateNamespaceAsync(
            handle,
            users is not { } ids
                ? null
                : network =>
                    UserNamespace.CreateAsync(
                        machine.Unshare,
                        paths.UserNamespace,
                        network,
                        ids.First,
                        UserIds.Count,
                        machine.Options.CommandTimeout,
                        cancellation
                    )
        );

    private async Task<ContainerLink> AttachAsync(
        Task namespaces,
        ContainerSpec spec,
        IReadOnlyList<IPAddress> resolvers,
        IReadOnlyList<PortMapping> ports,
        CancellationToken cancellation
    )
    {
        await namespaces;
        return await machine.Network.AttachAsync(spec, resolvers, ports, cancellation);
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

    private async Task<ProcessIdentity> RunAsync(ContainerSpec spec, ContainerPaths paths, CancellationToken cancellation)
    {
        var handle = spec.Handle;
        var pidFile = Path.Combine(paths.Root, "init.pid");
        string[] arguments =
        [
            "--root",
            machine.Paths.Runc,
            "--log",
            paths.RuncLog,
            "--log-format",
            "json",
            "run",
            "--detach",
            "--bundle",
            paths.Root,
            "--pid-file",
            pidFile,
            handle,
        ];

        // The container's first process keeps runc's error stream open for its whole life. runc's messages go to its log.
        var errors = machine.DefencesOf(spec).HasFlag(Defences.Descriptors) ? "/dev/null" : paths.RuncLog;
        var exitCode = await machine.Commands.RunDetachedAsync(
            machine.Runc,
            arguments,
            paths.Root,
            new DetachedStreams(errors),
            cancellation
        );
        if (exitCode != 0)
            throw new ContainerRuntimeException($"runc could not start container {handle}: {RuncMessages.Read(paths.RuncLog)}");
        var pid = int.Parse(await File.ReadAllTextAsync(pidFile, cancellation), CultureInfo.InvariantCulture);
        return ProcessIdentity.Of(pid)
            ?? throw new ContainerRuntimeException($"the first process of container {handle} exited immediately");
    }

    private static void Write(ContainerPaths paths, ContainerRecord record) =>
        RecordFile.Write(paths.Record, record, RecordJson.Default.ContainerRecord);
}
