using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>
/// Runs containers on a Docker engine of this machine, which has their images, networks and port maps. Their processes are started by the
/// engine's own runc, each under a conmon: the engine forgets the exit code of a process that it starts in a container after some minutes,
/// and has its output only while somebody is attached.
/// </summary>
public sealed partial class DockerRuntime(
    RuntimeOptions options,
    ImageOptions images,
    NetworkOptions network,
    TimeProvider time,
    ILogger<DockerRuntime> log
) : IContainerRuntime
{
    private const string HealthHandle = "health-check",
        Probe = "probe";

    private readonly KeyedLock _gates = new();
    private readonly SemaphoreSlim _creating = new(options.CreatesAtOnce(Environment.ProcessorCount));
    private readonly ProcessTable _processes = new(options.SupervisorCheckInterval, time, log);

    /// <summary>As the engine last described them.</summary>
    private readonly ConcurrentDictionary<string, EngineContainer> _known = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly DockerEngine _engine = new(options.DockerHost, options.CommandTimeout);
    private InotifyHub? _hub;
    private DockerCell? _cell;
    private Task _supervision = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Name of the bridge that connects the cell's containers; known after <see cref="PreflightAsync"/>.</summary>
    public string Bridge => Cell.Network.Bridge;

    /// <summary>Control group of the cell's containers, if the engine lets it choose; known after <see cref="PreflightAsync"/>.</summary>
    public string Cgroup => Cell.Paths.Cgroup;

    public bool IsWithoutUserNamespaces => true;

    private DockerCell Cell => _cell ?? throw new InvalidOperationException($"{nameof(PreflightAsync)} comes first");

    private DockerCreator Creator => new(Cell);

    /// <summary>What this machine lacks for the runtime; null: nothing, as far as it can be told without asking the engine.</summary>
    public static string? Lacks(RuntimeOptions options)
    {
        try
        {
            Programs.Find(options.Conmon, "conmon");
            ProcessTools.FindBusybox(options);
            Programs.Find("nft", "nftables");
        }
        catch (ContainerRuntimeException missing)
        {
            return missing.Message;
        }

        return Uri.TryCreate(options.DockerHost, UriKind.Absolute, out var host) && File.Exists(host.LocalPath)
            ? null
            : $"there is no engine at {options.DockerHost}";
    }

    public async Task PreflightAsync(CancellationToken cancellation)
    {
        if (_cell is null)
        {
            var hub = new InotifyHub(log.WatcherFailed);
            try
            {
                _cell = await DockerCell.PrepareAsync(options, images, network, _engine, hub, time, log, cancellation);
            }
            catch
            {
                hub.Dispose();
                throw;
            }

            _hub = hub;
            _supervision = Task.WhenAll(
                _processes.WatchSupervisorsAsync(_stopping.Token),
                WatchDisksAsync(_stopping.Token),
                WatchRulesAsync(_stopping.Token)
            );
        }

        var found = await Cell.Containers.ListAsync(cancellation);
        foreach (var container in found)
            _known[container.Record.Spec.Handle] = container;
        foreach (var handle in found.Select(container => container.Record.Spec.Handle).Concat(Directories()).Distinct())
        {
            if (_known.TryGetValue(handle, out var container) && container.State != ContainerState.Creating && handle != HealthHandle)
                await EndLeftSessionsAsync(container);
            else
                await DestroyAsync(handle, cancellation);
        }

        log.EngineReady(options.DockerHost, Cell.Facts.Version, Cell.Subnet, Bridge, _known.Count);
        log.NoUserNamespacesAtEngine();
        if (EtcFiles.Servers(EtcFiles.ResolvConf(Cell.Resolvers, EtcFiles.OfHost())).Count == 0)
            log.NoNameServers();
        var mode = DiskMode;
        log.DisksHeld(mode);
        log.DisksNotEnforced(mode);
    }

    public async Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation)
    {
        await DestroyAsync(HealthHandle, cancellation);
        try
        {
            await CreateAsync(new ContainerSpec { Handle = HealthHandle, RootFs = rootFs }, cancellation);
            var process = await StartProcessAsync(HealthHandle, Probe, probe, cancellation);
            var exit = await process.Exit.WaitAsync(cancellation);
            if (!exit.Succeeded)
                throw new ContainerRuntimeException($"the process {probe.Path} of the health check exited with status {exit.Code}");
        }
        finally
        {
            await DestroyAsync(HealthHandle, CancellationToken.None);
        }
    }

    public async Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        ContainerSpecRules.Check(spec);
        DockerRules.Check(spec);
        using var gate = await _gates.EnterAsync(spec.Handle, cancellation);
        if (await LookAsync(spec.Handle, cancellation) is { State: not ContainerState.Creating } existing)
        {
            ContainerSpecRules.CheckSame(existing.Record.Spec, spec);
            return existing.Info();
        }

        // Before waiting for its turn: a large image must not hold up containers whose images are already there.
        var image = await Cell.Images.PrepareAsync(
            new ImageRequest(spec.RootFs)
            {
                Credentials = spec.ImageCredentials,
                Policy = spec.PullPolicy,
                Container = spec.Handle,
            },
            cancellation
        );
        await _creating.WaitAsync(cancellation);
        try
        {
            var started = time.GetTimestamp();
            await RemoveAsync(spec.Handle, cancellation); // what an interrupted attempt left
            try
            {
                var container = await Creator.CreateAsync(spec, image, cancellation);
                _known[spec.Handle] = container;
                log.ContainerCreated(spec.Handle, container.Record.Address, time.GetElapsedTime(started).TotalMilliseconds);
                await CollectImagesAsync();
                return container.Info();
            }
            catch
            {
                await RemoveRemnantAsync(spec.Handle);
                throw;
            }
        }
        finally
        {
            _creating.Release();
        }
    }

    public async Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation) =>
        ContainerSpecRules.IsId(handle) ? (await LookAsync(handle, cancellation))?.Info() : null;

    public async Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation) =>
        [
            .. (await Cell.Containers.ListAsync(cancellation))
                .Select(container => container.Info())
                .Where(container => container.Handle != HealthHandle),
        ];

    public async Task DestroyAsync(string handle, CancellationToken cancellation)
    {
        if (!ContainerSpecRules.IsId(handle))
            return; // no such container can be
        using var gate = await _gates.EnterAsync(handle, cancellation);
        await RemoveAsync(handle, cancellation);
    }

    public async Task CleanUpAsync(CancellationToken cancellation)
    {
        var handles = (await Cell.Containers.ListAsync(cancellation)).Select(container => container.Record.Spec.Handle);
        await Task.WhenAll(handles.Concat(Directories()).Distinct().Select(handle => DestroyAsync(handle, cancellation)));
        await StopWatchingAsync();
        await Cell.Network.RemoveAsync(cancellation);
        await Cell.Firewall.RemoveAsync(cancellation);
        await Cell.Images.RemovePreloadedAsync(_ => true, cancellation);
        Cell.Tools.Cgroups.TryRemove(Cell.Paths.Cgroup);
        Cell.Tools.Cgroups.TryRemove(Cell.Paths.CgroupParent); // stays while other cells have theirs in it
    }

    /// <summary>Releases everything; containers and their processes keep running.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await StopWatchingAsync();
        _processes.Dispose();
        _hub?.Dispose();
        _engine.Dispose();
        _stopping.Dispose();
        _creating.Dispose();
        _pulling.Dispose();
    }

    private async Task StopWatchingAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
    }

    /// <summary>Asks the engine.</summary>
    private async Task<EngineContainer?> LookAsync(string handle, CancellationToken cancellation)
    {
        if (await Cell.Containers.FindAsync(handle, cancellation) is { } container)
            return _known[handle] = container;
        _known.TryRemove(handle, out _);
        return null;
    }

    /// <summary>Asks the engine only if the container is not known to run.</summary>
    private async Task<EngineContainer> RequireAsync(string handle, CancellationToken cancellation)
    {
        if (_known.TryGetValue(handle, out var known) && known.Record.Init.IsAlive())
            return known;
        return ContainerSpecRules.IsId(handle) && await LookAsync(handle, cancellation) is { } container
            ? container
            : throw DomainError.NotFound($"container {handle}").ToException();
    }

    private async Task RemoveAsync(string handle, CancellationToken cancellation)
    {
        if (await LookAsync(handle, cancellation) is null && !Directory.Exists(Cell.Paths.Container(handle).Root))
            return;
        await new DockerDestroyer(Cell).DestroyAsync(handle, _known.GetValueOrDefault(handle), cancellation);
        log.ContainerDestroyed(handle);
        _processes.Forget(handle);
        _known.TryRemove(handle, out _);
        _diskUse.TryRemove(handle, out _);
        _overDisk.TryRemove(handle, out _);
    }

    /// <summary>Cleans up after a failed creation. A failure here must not hide the cause; the next start cleans up again.</summary>
    private async Task RemoveRemnantAsync(string handle)
    {
        try
        {
            await RemoveAsync(handle, CancellationToken.None);
        }
        catch (Exception failure)
        {
            log.RemnantStays(failure, handle);
        }
    }

    private IEnumerable<string> Directories() =>
        Directory.GetDirectories(Cell.Paths.Containers).Select(directory => Path.GetFileName(directory));
}
