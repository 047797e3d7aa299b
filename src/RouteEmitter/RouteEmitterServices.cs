using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Events;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Settings;
using Scheduler.Messaging;
using Scheduler.Models;

namespace Scheduler.RouteEmitter;

/// <summary>Registration of the route emitter with a host.</summary>
public static class RouteEmitterServices
{
    /// <summary>
    /// Adds the route emitter. Without NATS servers in the options it only maintains its table. An emitter for all cells works only while
    /// it holds the lock <see cref="LockKeys.RouteEmitter"/>, so that further instances can run as standbys; an emitter for a single cell
    /// needs no lock.
    /// </summary>
    /// <param name="bbsUrls">URLs of the BBSs, one of which is active.</param>
    /// <param name="owner">Identifies this run of the process; must be unique.</param>
    /// <param name="bus">What to publish on; null for the NATS servers in the options.</param>
    /// <exception cref="DomainException">An option is invalid.</exception>
    public static IServiceCollection AddRouteEmitter(
        this IServiceCollection services,
        RouteEmitterOptions options,
        IReadOnlyList<string> bbsUrls,
        string owner,
        IMessageBus? bus = null
    )
    {
        services.AddSingleton(provider => new BbsConnection(
            provider.GetRequiredService<ChannelFactory>(),
            bbsUrls,
            provider.GetRequiredService<ChannelOptions>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<IBbsEvents>(provider => new GrpcBbsEvents(provider.GetRequiredService<BbsConnection>().Invoker));
        if (options.CellId.Length == 0)
        {
            services.AddSingleton(provider => new LeaderLease(
                new LockService.LockServiceClient(provider.GetRequiredService<BbsConnection>().Invoker),
                new LeaseOptions(LockKeys.RouteEmitter, owner, owner) { Ttl = options.LockTtl },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<LeaderLease>>()
            ));
        }

        if (bus is not null)
            services.AddSingleton(new RouteEmitterBus(bus));
        return services.AddRouteEmitterOn(options);
    }

    /// <summary>Adds the emitter on the registered event source, and with a lease if one is registered.</summary>
    internal static IServiceCollection AddRouteEmitterOn(this IServiceCollection services, RouteEmitterOptions options)
    {
        OptionRules.Check(options, options.Nats);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Readiness>();
        services.AddSingleton(options);
        services.AddSingleton(provider => new RouteEmitterMetrics(provider.GetRequiredService<IMeterFactory>()));
        services.TryAddSingleton(provider => new RouteEmitterBus(
            options.Nats.Servers.Count == 0
                ? null
                : new NatsBus(options.Nats, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NatsBus>>())
        ));
        services.AddSingleton(provider => new RouteEmitterService(
            options,
            provider.GetRequiredService<IBbsEvents>(),
            provider.GetRequiredService<RouteEmitterBus>().Bus,
            provider.GetService<LeaderLease>(),
            provider.GetRequiredService<RouteEmitterMetrics>(),
            provider.GetRequiredService<Readiness>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()
        ));
        services.AddHostedService(provider => provider.GetRequiredService<RouteEmitterService>());
        return services;
    }
}
