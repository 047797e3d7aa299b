using System.Net;
using Microsoft.Extensions.Logging;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Links;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Runs containers on this machine: prepares their files, namespaces and network as OCI bundles, and has an engine start them.
/// </summary>
public abstract partial class BundleRuntime(
    RuntimeOptions options,
    ImageOptions images,
    NetworkOptions network,
    TimeProvider time,
    ILogger log
) : IContainerRuntime
{
    private const string HealthHandle = "health-check",
        TrialHandle = "user-namespace-check",
        Probe = "probe";

    private readonly KeyedLock _gates = new();

    // Waiters are served in order of arrival.
    private readonly SemaphoreSlim _creating = new(options.CreatesAtOnce(Environment.ProcessorCount));
    private readonly ProcessTable _processes = new(options.SupervisorCheckInterval, time, log);
    private readonly CancellationTokenSource _stopping = new();
    private InotifyHub? _hub;
    private CellMachine? _machine;
    private SandboxPool? _sandboxes;
    private Task _supervision = Task.CompletedTask;
    private IContainerEngine? _engine;
    private bool _isDisposed;

    /// <summary>Name of the bridge that connects the cell's containers; known after <see cref="PreflightAsync"/>.</summary>
    public string Bridge => Machine.Network.Bridge;

    /// <summary>Control group of the cell's containers; known after <see cref="PreflightAsync"/>.</summary>
    public string Cgroup => Machine.Paths.Cgroup;

    private CellMachine Machine => _machine ?? throw new InvalidOperationException($"{nameof(PreflightAsync)} comes first");

    private IContainerEngine Engine => _engine ?? throw new InvalidOperationException($"{nameof(PreflightAsync)} comes first");

    private ContainerCreator Creator => new(Machine, _sandboxes!, Engine);

    private protected abstract IContainerEngine MakeEngine(CellMachine machine);

    public bool IsWithoutUserNamespaces => _machine is { Users: null };

    public async Task PreflightAsync(CancellationToken cancellation)
    {
        if (_machine is null)
        {
            var hub = new InotifyHub(log.WatcherFailed);
            try
            {
                Use(await CellMachine.PrepareAsync(options, images, network, hub, time, log, cancellation));
                CheckEngine();
                foreach (var record in Handles().Select(Record).OfType<ContainerRecord>())
                {
                    if (record.Address is { } address)
                        Machine.Network.KeepAddress(address, record.Sandbox ?? record.Spec.Handle);
                }

                await Machine.Network.RestoreRulesAsync(
                    Handles().Select(Record).OfType<ContainerRecord>().Where(record => record.Address is not null).Select(Networked),
                    cancellation
                );
            }
            catch
            {
                hub.Dispose();
                _machine = null; // the next attempt begins anew
                throw;
            }

            _hub = hub;
            _supervision = Task.WhenAll(
                _processes.WatchSupervisorsAsync(_stopping.Token),
                WatchDisksAsync(_stopping.Token),
                WatchRulesAsync(_stopping.Token)
            );
            await CheckRuncAsync(Machine, cancellation);
            await Engine.CheckAsync(cancellation);
            if (Machine.Users is not null)
                await TryUserNamespacesAsync(cancellation);
            else
                log.UserNamespacesSwitchedOff();
            var used = Handles().Select(handle => Record(handle)?.Sandbox).OfType<string>().ToHashSet(StringComparer.Ordinal);
            await _sandboxes!.StartAsync(used, cancellation);
        }

        foreach (var handle in Handles())
        {
            if (Record(handle) is { Complete: true } && handle is not (HealthHandle or TrialHandle))
            {
                await EndLeftSessionsAsync(handle);
                continue;
            }

            await DestroyAsync(handle, cancellation);
        }

        log.RuntimeReady(Machine.Paths.State, Machine.Network.Subnet, Machine.Network.Bridge, Handles().Count);
        if (EtcFiles.Servers(EtcFiles.ResolvConf(Machine.Network.Resolvers, EtcFiles.OfHost())).Count == 0)
            log.NoNameServers();
        log.DisksHeld(Machine.Disks.Mode);
        if (Machine.Disks.Mode is DiskQuotaMode.Watch or DiskQuotaMode.Off)
            log.DisksNotEnforced(Machine.Disks.Mode);
    }

    public async Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation)
    {
        await DestroyAsync(HealthHandle, cancellation);
        try
        {
            await CreateAsync(
                new ContainerSpec
                {
                    Handle = HealthHandle,
                    RootFs = rootFs,
                    MainProcess = Probe,
                },
                cancellation
            );
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
        using var gate = await _gates.EnterAsync(spec.Handle, cancellation);
        if (Record(spec.Handle) is { Complete: true } existing)
        {
            ContainerSpecRules.CheckSame(existing.Spec, spec);
            return Info(existing);
        }

        // Before waiting for its turn: a large image must not hold up containers whose images are already unpacked.
        using var image = await PrepareImageAsync(spec, cancellation);
        await _creating.WaitAsync(cancellation);
        try
        {
            var started = time.GetTimestamp();
            await RemoveAsync(spec.Handle, cancellation); // what an interrupted attempt left
            var paths = Machine.Paths.Container(spec.Handle);
            try
            {
                var record = await Creator.CreateAsync(spec, paths, image.Image, cancellation);
                log.ContainerCreated(spec.Handle, record.Address, time.GetElapsedTime(started).TotalMilliseconds);
                CollectLayers();
                return Info(record);
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

    private async Task<ImageStore.HeldImage> PrepareImageAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        PullProgress? pull = null;
        var request = new ImageRequest(spec.RootFs)
        {
            Credentials = spec.ImageCredentials,
            Policy = spec.PullPolicy,
            Container = spec.Handle,
            Pulling = begun => pull = begun,
        };
        var image = await Machine.Images.PrepareAsync(request, cancellation);
        if (pull?.Read() is { Bytes: > 0 and var bytes })
            log.ImagePulled(spec.RootFs, bytes, time.GetElapsedTime(started).TotalSeconds);
        return image;
    }

    public Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation) =>
        Task.FromResult(ContainerSpecRules.IsId(handle) && Record(handle) is { } record ? Info(record) : null);

    public Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ContainerInfo>>([
            .. Handles().Where(handle => handle is not (HealthHandle or TrialHandle)).Select(Record).OfType<ContainerRecord>().Select(Info),
        ]);

    public async Task DestroyAsync(string handle, CancellationToken cancellation)
    {
        if (!ContainerSpecRules.IsId(handle))
            return; // no such container can be
        using var gate = await _gates.EnterAsync(handle, cancellation);
        await RemoveAsync(handle, cancellation);
    }

    public async Task CleanUpAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(Handles().Select(handle => DestroyAsync(handle, cancellation)));
        await StopWatchingAsync(); // or the check of the rules would set those again that are removed here
        await _sandboxes!.DisposeAsync();
        await Machine.Network.RemoveAsync(cancellation);
        await Engine.CleanUpAsync(cancellation);
        Machine.Cgroups.TryRemove(Machine.Paths.Cgroup);
        Machine.Cgroups.TryRemove(Machine.Paths.CgroupParent); // stays while other cells have theirs in it
    }

    /// <summary>Releases everything; containers and their processes keep running.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await StopWatchingAsync();
        if (_sandboxes is { } sandboxes)
            await sandboxes.DisposeAsync();
        _processes.Dispose();
        _hub?.Dispose();
        _stopping.Dispose();
        _creating.Dispose();
        _pulling.Dispose();
    }

    private void Use(CellMachine machine)
    {
        _engine = MakeEngine(machine);
        _machine = machine with { RuncRoot = _engine.RuncRoot };
        _sandboxes = new SandboxPool(_machine, options.SpareSandboxes, _engine.JoinsPidNamespaces);
    }

    private async Task StopWatchingAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
    }

    private async Task RemoveAsync(string handle, CancellationToken cancellation)
    {
        var paths = Machine.Paths.Container(handle);
        if (!Directory.Exists(paths.Root))
            return;
        await new ContainerDestroyer(Machine, _sandboxes!.Maker, Engine).DestroyAsync(handle, paths, cancellation);
        log.ContainerDestroyed(handle);
        _processes.Forget(handle);
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

    private void CollectLayers()
    {
        try
        {
            var freed = Machine.Images.Collect(LayerUses());
            if (freed > 0)
                log.LayersCollected(freed);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.LayersStay(failure);
        }
    }

    private NetworkedContainer Networked(ContainerRecord record) =>
        new(
            record.Spec,
            new ContainerLink(record.Address!, record.HostInterface, record.Mac, record.BridgeMac),
            record.Resolvers is { } resolvers
                ? [.. resolvers.Select(IPAddress.Parse)]
                : EtcFiles.Servers(Machine.ResolvConfOf(record.Spec)),
            record.Ports
        );

    /// <summary>Detects flushed packet filter rules even if no container is created or destroyed.</summary>
    private async Task WatchRulesAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(network.RulesCheckInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    if (!await Machine.Network.CheckRulesAsync(stopping))
                        log.RulesRestored();
                }
                catch (ContainerRuntimeException failure)
                {
                    log.RulesCheckFailed(failure);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the runtime is being disposed
        }
    }

    private List<string> Handles() =>
        [.. Directory.GetDirectories(Machine.Paths.Containers).Select(directory => Path.GetFileName(directory))];

    private ContainerRecord? Record(string handle) =>
        RecordFile.Read(Machine.Paths.Container(handle).Record, RecordJson.Default.ContainerRecord);

    private ContainerInfo Info(ContainerRecord record)
    {
        var paths = Machine.Paths.Container(record.Spec.Handle);
        return new ContainerInfo
        {
            Spec = record.Spec,
            State =
                !record.Complete ? ContainerState.Creating
                : record.Holder.IsAlive() ? ContainerState.Ready
                : ContainerState.Stopped,
            Address = record.Address is null ? null : IPAddress.Parse(record.Address),
            NetworkNamespace = Machine.Network.NamespacePath(record.Sandbox ?? record.Spec.Handle),
            Ports = record.Ports,
            CreatedAt = record.CreatedAt,
            StopSignal = record.Image.StopSignal,
            Processes = Directory.Exists(paths.Processes)
                ? [.. Directory.GetDirectories(paths.Processes).Select(directory => Path.GetFileName(directory))]
                : [],
            Directory = paths.Root,
        };
    }

    private ContainerRecord Known(string handle) =>
        ContainerSpecRules.IsId(handle) && Record(handle) is { } record
            ? record
            : throw DomainError.NotFound($"container {handle}").ToException();
}
