using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;

namespace Scheduler.Tests.TestKit.Bbs;

/// <summary>One BBS with its real listener on a free loopback port, over a store that the test provides.</summary>
public sealed class BbsHost : IAsyncDisposable
{
    private readonly ComponentHost _host;
    private readonly ChannelFactory _channels = new(null, new ChannelOptions());

    private readonly TestAuthority? _authority;

    private BbsHost(ComponentHost host, FakeClients clients, TestAuthority? authority) =>
        (_host, Clients, _authority) = (host, clients, authority);

    public FakeClients Clients { get; }

    public string Url => _host.Url;

    /// <summary>Calls to this node only; failures are domain exceptions.</summary>
    public CallInvoker Invoker => _channels.Invoker(Url);

    /// <summary>Calls over mutual TLS, with a certificate of the given name and roles.</summary>
    public CallInvoker InvokerAs(string name, PeerRoles roles) => _authority!.ChannelsOf(name, roles).Invoker(Url);

    public DesiredLRPService.DesiredLRPServiceClient DesiredLrps => new(Invoker);

    public ActualLRPService.ActualLRPServiceClient ActualLrps => new(Invoker);

    public TaskService.TaskServiceClient Tasks => new(Invoker);

    public DomainService.DomainServiceClient Domains => new(Invoker);

    public CellService.CellServiceClient Cells => new(Invoker);

    public EventService.EventServiceClient Events => new(Invoker);

    public CellLRPService.CellLRPServiceClient CellLrps => new(Invoker);

    public CellTaskService.CellTaskServiceClient CellTasks => new(Invoker);

    public PlacementService.PlacementServiceClient Placements => new(Invoker);

    public ConvergenceService.ConvergenceServiceClient Convergence => new(Invoker);

    public LockService.LockServiceClient Locks => new(Invoker);

    public PresenceService.PresenceServiceClient Presences => new(Invoker);

    /// <param name="authority">Issues the certificates if the listener uses TLS.</param>
    public static async Task<BbsHost> StartAsync(
        IBbsStore store,
        string owner,
        BbsOptions? options = null,
        TestAuthority? authority = null,
        ListenerLimits? limits = null
    )
    {
        var clients = new FakeClients();
        var host = ComponentHost.Build(
            new ComponentOptions
            {
                Name = "bbs",
                Listen = "127.0.0.1:0",
                Tls = authority?.Issue("bbs", PeerRoles.Bbs) ?? new TlsOptions(),
                Insecure = authority is null,
                Limits = limits ?? new ListenerLimits(),
                LogLevel = LogLevel.Error,
            },
            services =>
            {
                services.AddSingleton(store);
                services.AddBbs(options ?? new BbsOptions(), owner);
                services.AddSingleton(clients.ToClients());
            },
            app => app.MapBbs()
        );
        await host.StartAsync(CancellationToken.None);
        return new BbsHost(host, clients, authority);
    }

    public async ValueTask DisposeAsync()
    {
        _channels.Dispose();
        await _host.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
    }
}
