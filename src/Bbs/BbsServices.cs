using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Api;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Validation;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Tls;

namespace Scheduler.Bbs;

/// <summary>Registers the BBS with a host. The host chooses the store by adding an <see cref="IBbsStore"/>.</summary>
public static class BbsServices
{
    /// <param name="owner">Identifies this run of the process; must be unique.</param>
    /// <exception cref="DomainException">An option is out of range.</exception>
    public static IServiceCollection AddBbs(this IServiceCollection services, BbsOptions options, string owner)
    {
        options.Validate();
        services.AddSingleton(options);
        services.AddSingleton<BbsMetrics>();
        services.AddSingleton(new RequestRules(options.Limits));
        services.AddSingleton(provider => new OutboundClients(
            new GrpcAuctioneerClient(provider.GetRequiredService<ChannelFactory>()),
            new GrpcRepClient(provider.GetRequiredService<ChannelFactory>()),
            new HttpTaskCallbackClient(
                options.Outbound,
                TlsIdentity.Load(provider.GetRequiredService<ComponentOptions>().Tls)?.ClientOptions()
            )
        ));
        services.AddSingleton(provider => new BbsNode(
            new NodeParts
            {
                Store = provider.GetRequiredService<IBbsStore>(),
                Options = options,
                Clients = provider.GetRequiredService<OutboundClients>(),
                Owner = owner,
                Time = provider.GetRequiredService<TimeProvider>(),
                NewGuid = () => Guid.NewGuid().ToString(),
                Seed = Random.Shared.Next(),
                Metrics = provider.GetRequiredService<BbsMetrics>(),
                Loggers = provider.GetRequiredService<ILoggerFactory>(),
            }
        ));
        services.AddSingleton<RequestMetricsInterceptor>();
        services.Configure<GrpcServiceOptions>(grpc => grpc.Interceptors.Add<RequestMetricsInterceptor>());
        services.AddHostedService<BbsService>();
        return services;
    }

    public static void MapBbs(this WebApplication app)
    {
        app.MapGrpcService<DesiredLrpApi>();
        app.MapGrpcService<ActualLrpApi>();
        app.MapGrpcService<TaskApi>();
        app.MapGrpcService<ChangeApi>();
        app.MapGrpcService<DomainApi>();
        app.MapGrpcService<CellApi>();
        app.MapGrpcService<EventApi>();
        app.MapGrpcService<CellLrpApi>();
        app.MapGrpcService<CellTaskApi>();
        app.MapGrpcService<CellReportApi>();
        app.MapGrpcService<PlacementApi>();
        app.MapGrpcService<ConvergenceApi>();
        app.MapGrpcService<LockApi>();
        app.MapGrpcService<PresenceApi>();
    }

    /// <summary>Runs the node for the lifetime of the process.</summary>
    private sealed class BbsService(BbsNode node, ServedAddress address, Readiness readiness) : BackgroundService
    {
        private const string Reachable = "store";

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            readiness.WaitFor(Reachable, "waiting for the store to answer");
            node.Settled = () => readiness.Done(Reachable);
            await node.RunAsync(await address.UrlAsync(stoppingToken), stoppingToken);
        }
    }
}
