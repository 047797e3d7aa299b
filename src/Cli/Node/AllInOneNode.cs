using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer;
using Scheduler.Bbs;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Cli.Images;
using Scheduler.Cli.Services;
using Scheduler.Converger;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Messaging;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.RouteEmitter;
using Scheduler.Router;

namespace Scheduler.Cli.Node;

/// <summary>What a cell has on the machine while it exists.</summary>
/// <param name="Bridge">Of its containers; its packet filter rules name it.</param>
/// <param name="Cgroup">Parent of its containers' control groups.</param>
internal sealed record CellTraces(string Bridge, string Cgroup);

/// <summary>
/// Runs all components in this process, each with its own listener and certificate. They use the same gRPC contract as between machines.
/// </summary>
internal sealed class AllInOneNode : IAsyncDisposable
{
    private const string Loopback = "127.0.0.1";

    // Long enough for development: a new certificate authority is created at each start.
    private static readonly TimeSpan CertificateValidity = TimeSpan.FromDays(30);

    private readonly List<ComponentHost> _hosts = [];
    private readonly List<CellSetup> _cells = [];
    private readonly NodeOptions _options;
    private readonly CertificateAuthority? _authority;
    private readonly InstanceAuthorityFiles? _instances;

    private AllInOneNode(NodeOptions options)
    {
        _options = options;
        _authority = options.Tls ? new CertificateAuthority(TimeProvider.System, CertificateValidity) : null;
        _instances = options.Simulated
            ? null
            : InstanceAuthorityFiles.Ensure(Path.Combine(options.DataDirectory, "instance-ca"), TimeProvider.System);
        ClientTls = Issue("client", PeerRoles.Client);
    }

    public string BbsUrl { get; private set; } = "";

    /// <summary>URL of the HTTP router; null if there is none.</summary>
    public string? RouterUrl { get; private set; }

    /// <summary>Those of the cells, while they run.</summary>
    public IEnumerable<IContainerRuntime> Runtimes =>
        _hosts.Select(host => host.Services.GetService<IContainerRuntime>()).OfType<IContainerRuntime>();

    /// <summary>TLS settings for a client.</summary>
    public TlsOptions ClientTls { get; }

    /// <summary>The connection details for clients on this machine.</summary>
    public DevState Describe() =>
        new([BbsUrl], ClientTls.CertificateFile, ClientTls.KeyFile, ClientTls.AuthorityFile, Environment.ProcessId, RouterUrl);

    /// <summary>Starts all components; if one fails to start, those already started are stopped.</summary>
    public static async Task<AllInOneNode> StartAsync(NodeOptions options, CancellationToken cancellationToken)
    {
        var node = new AllInOneNode(options);
        try
        {
            await node.StartPartsAsync(cancellationToken);
            foreach (var host in node._hosts)
                await WaitUntilReadyAsync(host, cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the node is asked to stop.</summary>
    /// <exception cref="DomainException">A component ended unexpectedly; the node needs all of them.</exception>
    public async Task WaitForStopAsync(CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var registrations = _hosts.Select(host => host.Stopping.Register(() => ended.TrySetResult())).ToList();
        registrations.Add(cancellationToken.Register(() => ended.TrySetResult()));
        await ended.Task;
        foreach (var registration in registrations)
            await registration.DisposeAsync();
        foreach (var host in _hosts)
            ServiceRunner.ThrowIfFailed(host);
    }

    /// <summary>Stops the components. Containers keep running, and the next start finds them again.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Callers first; the BBS, which they call, last.
        foreach (var host in Enumerable.Reverse(_hosts))
            await host.StopAsync(cancellationToken);
    }

    /// <summary>Destroys every container of the node's cells and their shared resources. Call only after <see cref="StopAsync"/>.</summary>
    /// <param name="images">Also the images that the cells have got: an engine has them in a place of its own.</param>
    /// <returns>The names of what existed and should be gone.</returns>
    /// <exception cref="DomainException">Something of a cell stays; the message names it.</exception>
    public async Task<IReadOnlyList<CellTraces>> CleanUpAsync(bool images, CancellationToken cancellationToken)
    {
        // Stopped hosts still have runtimes that manage what is removed here.
        await DisposeHostsAsync();
        var traces = new List<CellTraces>();
        var cleaned = new List<IContainerRuntime>();
        DomainException? failure = null;
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.None));
        foreach (var cell in _cells)
        {
            var runtime = cell.CreateRuntime(TimeProvider.System, loggers);
            cleaned.Add(runtime);
            await TryAsync(async () =>
            {
                await CellSetup.PreflightAsync(runtime, cancellationToken);
                if (runtime is BundleRuntime own)
                    traces.Add(new CellTraces(own.Bridge, own.Cgroup));
                else if (runtime is DockerRuntime docker)
                    traces.Add(new CellTraces(docker.Bridge, docker.Cgroup));
                await CellSetup.CleanUpAsync(runtime, cancellationToken);
            });
        }

        // Only now, because the cells of an engine may use the same ones.
        if (images && failure is null)
        {
            foreach (var runtime in cleaned)
                await TryAsync(() => CellSetup.RemoveImagesAsync(runtime));
        }

        foreach (var runtime in cleaned)
            await runtime.DisposeAsync();
        if (failure is not null)
            throw new DomainException(failure.Error, failure);
        return traces;

        // What stays of one cell must not keep the rest from being removed.
        async Task TryAsync(Func<Task> remove)
        {
            try
            {
                await remove();
            }
            catch (DomainException refused)
            {
                failure ??= refused;
            }
        }
    }

    /// <summary>The container directory of a cell.</summary>
    public string StateDirectory(string cellId) => Path.Combine(_options.DataDirectory, "cells", cellId);

    public async ValueTask DisposeAsync()
    {
        await DisposeHostsAsync();
        _authority?.Dispose();
    }

    private async Task DisposeHostsAsync()
    {
        foreach (var host in Enumerable.Reverse(_hosts))
            await host.DisposeAsync();
        _hosts.Clear();
    }

    private async Task StartPartsAsync(CancellationToken cancellationToken)
    {
        var store = $"sqlite:{Path.Combine(_options.DataDirectory, "bbs.db")}";
        var bbs = await StartAsync(
            Component("bbs", PeerRoles.Bbs, _options.Listen, _options.OpsListen),
            services =>
            {
                services.AddSingleton<IBbsStore>(provider =>
                    StoreSetup.Open(
                        store,
                        StorageKeys.None,
                        provider.GetRequiredService<TimeProvider>(),
                        provider.GetRequiredService<ILoggerFactory>()
                    )
                );
                services.AddBbs(_options.Bbs, Owner("bbs"));
            },
            app => app.MapBbs(),
            cancellationToken
        );
        BbsUrl = bbs.Url;
        string[] urls = [bbs.Url];

        await StartAsync(
            Component("auctioneer", PeerRoles.Auctioneer, $"{Loopback}:0"),
            services => services.AddAuctioneer(new AuctioneerOptions(), urls, Owner("auctioneer")),
            app => app.MapAuctioneer(),
            cancellationToken
        );
        for (var i = 0; i < _options.Cells; i++)
        {
            var cell = Cell(i);
            _cells.Add(cell);
            await StartAsync(
                Component(cell.Rep.CellId, PeerRoles.Rep, $"{Loopback}:0"),
                services => cell.AddTo(services, urls),
                app => app.MapRep(),
                cancellationToken,
                CellSetup.PreflightAsync
            );
        }

        await StartAsync(
            Component("converger", PeerRoles.Converger, null),
            services => services.AddConverger(new ConvergerOptions(), urls, Owner("converger")),
            null,
            cancellationToken
        );
        // Before the emitter, which tells a router that is there everything at once.
        var broker = _options.NatsServers.Count == 0 && _options.Router is not null ? new LocalBroker() : null;
        RouterUrl = await StartRouterAsync(broker, cancellationToken);
        var routes = new RouteEmitterOptions { Nats = new NatsOptions { Servers = _options.NatsServers } };
        await StartAsync(
            Component("route-emitter", PeerRoles.RouteEmitter, null),
            services => services.AddRouteEmitter(routes, urls, Owner("route-emitter"), broker?.CreateClient()),
            null,
            cancellationToken
        );
    }

    private async Task<string?> StartRouterAsync(LocalBroker? broker, CancellationToken cancellationToken)
    {
        if (_options.Router is not { } listen)
            return null;
        try
        {
            return await StartAsync(listen);
        }
        catch (DomainException failure)
            when (_options.RouterMayMove && failure.InnerException?.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException
            )
        {
            await _hosts[^1].DisposeAsync();
            _hosts.RemoveAt(_hosts.Count - 1);
            return await StartAsync($"{Loopback}:0");
        }

        async Task<string> StartAsync(string address)
        {
            var options = new RouterOptions
            {
                Nats = new NatsOptions { Servers = _options.NatsServers, ClientName = "scheduler-router" },
                Listen = address,
                // Nobody balances load over development nodes, and their emitter tells everything at once.
                StartDelay = TimeSpan.Zero,
                DrainWait = TimeSpan.Zero,
                DrainTimeout = TimeSpan.FromSeconds(1),
            };
            var host = await this.StartAsync(
                // Without a certificate: it calls no other part.
                new ComponentOptions
                {
                    Name = "router",
                    LogLevel = _options.LogLevel,
                    ShutdownTimeout = RouterServices.ShutdownTime(options),
                },
                services => services.AddRouter(options, broker?.CreateClient()),
                null,
                cancellationToken
            );
            return host.Services.RouterUrls()[0];
        }
    }

    private async Task<ComponentHost> StartAsync(
        ComponentOptions component,
        Action<IServiceCollection> services,
        Action<Microsoft.AspNetCore.Builder.WebApplication>? map,
        CancellationToken cancellationToken,
        Func<IServiceProvider, CancellationToken, Task>? before = null
    )
    {
        var host = ComponentHost.Build(component, services, map);
        _hosts.Add(host);
        if (before is not null)
            await before(host.Services, cancellationToken);
        await host.StartAsync(cancellationToken);
        return host;
    }

    private ComponentOptions Component(string name, PeerRoles role, string? listen, string? opsListen = null) =>
        new()
        {
            Name = name,
            Listen = listen,
            OpsListen = opsListen,
            Tls = Issue(name, role),
            Insecure = !_options.Tls,
            LogLevel = _options.LogLevel,
        };

    private CellSetup Cell(int number)
    {
        var id = $"cell-{number + 1}";
        var state = StateDirectory(id);
        var cell = new CellSetup
        {
            Kind = _options.Runtime,
            Rep = new RepOptions
            {
                CellId = id,
                Zone = $"z{(number % _options.Zones) + 1}",
                CellIndex = number,
                MemoryMb = _options.CellMemoryMb,
                DiskMb = _options.CellDiskMb,
                // Simulated cells allocate ports independently, like separate machines, so each needs its own address.
                AdvertiseAddress = _options.Simulated ? $"127.0.0.{number + 1}" : Loopback,
                PreloadedRootFs = [.. _options.PreloadedRootFs.Keys],
                Volumes = [.. _options.Volumes],
                // A user-supplied root filesystem may have no shell, so only busybox is used.
                HealthCheckRootFs = _options.PreloadedRootFs.ContainsKey(BusyboxRootFs.Name) ? $"preloaded:{BusyboxRootFs.Name}" : "",
                StateDirectory = _options.Simulated ? "" : state,
                // The node is more than this cell: its other cells go on.
                StopWhenEvacuated = false,
                InstanceAuthorityCertificate = _instances?.CertificateFile ?? "",
                InstanceAuthorityKey = _instances?.KeyFile ?? "",
            },
            Runtime = new RuntimeOptions { StateDirectory = state, PreloadedRootFs = new(_options.PreloadedRootFs) },
        };
        _options.Configure?.Invoke(cell);
        return cell;
    }

    private TlsOptions Issue(string name, PeerRoles role) =>
        _authority?.Issue(Path.Combine(_options.DataDirectory, "tls"), name, role, Loopback, "localhost") ?? new TlsOptions();

    // The same at every start: only one node at a time uses the directory, so a lock in its store belongs to a dead predecessor and can be
    // taken before it expires.
    private string Owner(string part) => $"{part} of {_options.DataDirectory}";

    private static async Task WaitUntilReadyAsync(ComponentHost host, CancellationToken cancellationToken)
    {
        var readiness = host.Services.GetRequiredService<Readiness>();
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stopped = cancellationToken.Register(() => settled.TrySetCanceled(cancellationToken));
        await using var ended = host.Stopping.Register(() => settled.TrySetResult());
        readiness.Changed += Look;
        Look();
        try
        {
            await settled.Task;
        }
        finally
        {
            readiness.Changed -= Look;
        }

        ServiceRunner.ThrowIfFailed(host);

        void Look()
        {
            if (readiness.IsReady)
                settled.TrySetResult();
        }
    }
}
