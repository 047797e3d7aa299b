using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Settings;
using Scheduler.Messaging;
using Scheduler.Models;
using Scheduler.Router.Bus;
using Scheduler.Router.Proxy;
using Scheduler.Router.Table;

namespace Scheduler.Router;

/// <summary>Registration of the router with a host.</summary>
public static class RouterServices
{
    // After the requests have ended or been cut off.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>Time that the host must allow for its end.</summary>
    public static TimeSpan ShutdownTime(RouterOptions options) => options.DrainWait + options.DrainTimeout + Rest;

    /// <param name="bus">Where emitters register routes; null for the NATS servers in the options.</param>
    /// <exception cref="DomainException">An option is invalid.</exception>
    public static IServiceCollection AddRouter(this IServiceCollection services, RouterOptions options, IMessageBus? bus = null)
    {
        OptionRules.Check(options, options.Limits, options.Nats);
        if (bus is null && options.Nats.Servers.Count == 0)
            throw DomainError.Invalid("nats", "must be set: routes come from there").ToException();
        services.AddMetrics();
        services.AddHttpForwarder();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Readiness>();
        services.AddSingleton(options);
        services.AddSingleton(provider =>
            bus ?? new NatsBus(options.Nats, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NatsBus>>())
        );
        services.AddSingleton(provider => new RouterClock(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => new RoutingTable(
            new TableLimits(options.MaxRoutes, options.MaxBackends, options.StaleThreshold, options.EmptyRouteKept),
            new Random()
        ));
        services.AddSingleton<RequestCount>();
        services.AddSingleton(provider => new RouterMetrics(
            provider.GetRequiredService<IMeterFactory>(),
            provider.GetRequiredService<RoutingTable>(),
            () => provider.GetRequiredService<RequestCount>().Value,
            () => provider.GetRequiredService<IMessageBus>().IsConnected
        ));
        services.AddSingleton(provider => new InstanceConnections(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => RouterGreeting.Of(options, Guid.NewGuid().ToString("N"), options.Listen));
        services.AddSingleton<Func<Guid>>(Guid.NewGuid);
        services.AddSingleton<RequestHandler>();
        services.AddSingleton<FrontCertificate>();
        services.AddSingleton<Front>();
        services.AddHostedService<RouteSubscriber>();
        services.AddHostedService(provider => provider.GetRequiredService<Front>());
        services.AddHostedService<CertificateRefresh>();
        return services;
    }

    /// <summary>The addresses at which clients reach the router, those without TLS first. Known once it has started.</summary>
    public static IReadOnlyList<string> RouterUrls(this IServiceProvider services) => services.GetRequiredService<Front>().Urls;
}
