using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Api;
using Scheduler.Contracts.V1;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Settings;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>Registration of the auctioneer with a host.</summary>
public static class AuctioneerServices
{
    /// <param name="bbsUrls">URLs of the BBSs, one of which is active.</param>
    /// <param name="owner">Identifies this run of the process; must be unique.</param>
    /// <exception cref="DomainException">An option is invalid.</exception>
    public static IServiceCollection AddAuctioneer(
        this IServiceCollection services,
        AuctioneerOptions options,
        IReadOnlyList<string> bbsUrls,
        string owner
    )
    {
        OptionRules.Check(options.Recording is { } recording ? [options, recording] : [options]);
        if (options.Rules.Validate() is { } broken)
            throw broken.ToException();
        services.AddSingleton(options);
        services.AddSingleton(provider => new BbsConnection(
            provider.GetRequiredService<ChannelFactory>(),
            bbsUrls,
            provider.GetRequiredService<ChannelOptions>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new AuctioneerService(
            options,
            provider.GetRequiredService<BbsConnection>(),
            provider.GetRequiredService<ChannelFactory>(),
            provider.GetRequiredService<ServedAddress>(),
            url => new LeaderLease(
                new LockService.LockServiceClient(provider.GetRequiredService<BbsConnection>().Invoker),
                new LeaseOptions(LockKeys.Auctioneer, owner, url) { Ttl = options.LockTtl },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<LeaderLease>>()
            ),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()
        ));
        services.AddHostedService(provider => provider.GetRequiredService<AuctioneerService>());
        return services;
    }

    public static void MapAuctioneer(this WebApplication app) => app.MapGrpcService<AuctionApi>();
}
