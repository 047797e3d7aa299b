using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>Creates a container at the engine, with a process that waits for the others.</summary>
internal sealed class DockerCreator(DockerCell cell)
{
    /// <summary>If this throws, the caller destroys what exists.</summary>
    public async Task<EngineContainer> CreateAsync(ContainerSpec spec, EngineImage image, CancellationToken cancellation)
    {
        ContainerCreator.CheckMounts(spec);
        var paths = cell.Paths.Container(spec.Handle);
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(paths.Processes, owner);

        var ports = cell.Ports.Take(spec.Ports.Count, paths.Root);
        var resolvConf = EtcFiles.ResolvConf(spec, cell.Resolvers);
        var record = new ContainerRecord
        {
            Spec = spec,
            CreatedAt = cell.Tools.Time.GetUtcNow(),
            Ports = [.. spec.Ports.Zip(ports, (container, host) => new PortMapping(container, host))],
            Image = image.Defaults,
            Disk = DiskLimit.Of(spec.Limits.DiskMb, cell.Tools.Options.DefaultDiskMb, image.Bytes, cell.Tools.Options.MaxInodes),
            Resolvers = [.. EtcFiles.Servers(resolvConf).Select(server => server.ToString())],
        };
        var hostname = ContainerCreator.HostName(spec);
        ContainerCreator.WriteFiles(paths, hostname, resolvConf);
        StagedMounts.Make(spec, paths, userNamespace: null);

        // Not cancellable from here on: the engine would go on, with a container that the caller has already looked for and not found.
        cancellation.ThrowIfCancellationRequested();
        await cell.Containers.CreateAsync(cell.RequestOf(record, paths, image.Id), spec.Handle);
        if (spec.Mounts.Any(mount => mount.IsForeign))
            await MountPlaces.CheckAsync(spec, await cell.Containers.LinksAsync(spec.Handle));
        await cell.Containers.StartAsync(spec.Handle);
        var started = await cell.Containers.FindAsync(spec.Handle, CancellationToken.None);
        if (started is not { Record.Init.Pid: > 0, Record.Address: { } address })
            throw new ContainerRuntimeException($"the first process of container {spec.Handle} exited immediately");
        if (!Directory.Exists(Path.Combine(cell.Tools.RuncRoot, started.Record.RuncId)))
            throw new ContainerRuntimeException(
                $"the engine's containers are not in {cell.Tools.RuncRoot}: set --docker-exec-root to the exec-root of its dockerd"
            );
        await File.AppendAllTextAsync(paths.Hosts, EtcFiles.HostLine(address, hostname), CancellationToken.None);

        // From here on it is complete.
        ContainerCreator.Write(paths, started.Record with { Complete = true });
        return started with { Record = started.Record with { Complete = true }, State = ContainerState.Ready };
    }
}
