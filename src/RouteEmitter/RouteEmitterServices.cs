using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Scheduler.RouteEmitter.Nats;

namespace Scheduler.RouteEmitter;

public static class RouteEmitterServices
{
    /// <summary>
    /// Adds the route emitter as a hosted service. It needs a client of the BBS's event service; without NATS servers in the options it
    /// only keeps its table.
    /// </summary>
    public static IServiceCollection AddRouteEmitter(this IServiceCollection services, RouteEmitterOptions options)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(provider => new RouteEmitterMetrics(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(provider => new RouteEmitterBus(options.Nats.Servers.Count == 0
            ? null
            : new NatsClient(options.Nats, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NatsClient>>())));
        services.AddSingleton<RouteEmitterService>();
        services.AddHostedService(provider => provider.GetRequiredService<RouteEmitterService>());
        return services;
    }
}
