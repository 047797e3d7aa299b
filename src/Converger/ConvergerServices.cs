using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Converger;

/// <summary>Registration of the converger with a host.</summary>
public static class ConvergerServices
{
    /// <summary>
    /// Adds the converger. It works only while it holds the lock <see cref="LockKeys.Converger"/>, so that further instances can run as
    /// standbys.
    /// </summary>
    /// <param name="bbsUrls">URLs of the BBSs, one of which is active.</param>
    /// <param name="owner">Identifies this run of the process; must be unique.</param>
    /// <exception cref="DomainException">An option is invalid.</exception>
    public static IServiceCollection AddConverger(
        this IServiceCollection services,
        ConvergerOptions options,
        IReadOnlyList<string> bbsUrls,
        string owner
    )
    {
        OptionRules.Check(options);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Readiness>();
        services.AddSingleton(provider => new ConvergerMetrics(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(provider => Create(provider, options, bbsUrls, owner));
        services.AddHostedService(provider => provider.GetRequiredService<ConvergerService>());
        return services;
    }

    private static ConvergerService Create(IServiceProvider provider, ConvergerOptions options, IReadOnlyList<string> bbsUrls, string owner)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var bbs = new BbsConnection(
            provider.GetRequiredService<ChannelFactory>(),
            bbsUrls,
            provider.GetRequiredService<ChannelOptions>(),
            time
        );
        var lease = new LeaderLease(
            new LockService.LockServiceClient(bbs.Invoker),
            new LeaseOptions(LockKeys.Converger, owner, owner) { Ttl = options.LockTtl },
            time,
            provider.GetRequiredService<ILogger<LeaderLease>>()
        );
        return new ConvergerService(
            options,
            new GrpcConvergerBbs(bbs, options.ApplyTimeout, time),
            lease,
            provider.GetRequiredService<ConvergerMetrics>(),
            provider.GetRequiredService<Readiness>(),
            time,
            provider.GetRequiredService<ILoggerFactory>()
        );
    }
}
