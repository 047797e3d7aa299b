using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Rep.Api;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Health;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Rep.Transfers;
using Scheduler.Rep.Volumes;

namespace Scheduler.Rep;

/// <summary>Registers a cell in a host.</summary>
public static class RepServices
{
    /// <summary>Adds one cell. The host must register the container runtime as <see cref="IContainerRuntime"/>.</summary>
    /// <param name="bbsUrls">URLs of the BBSs, one of which is active.</param>
    /// <exception cref="DomainException">An option is invalid; the message names it.</exception>
    public static IServiceCollection AddRep(this IServiceCollection services, RepOptions options, IReadOnlyList<string> bbsUrls)
    {
        if (RepOptionsRules.Check(options) is { Count: > 0 } broken)
            throw DomainError.Invalid(broken).ToException();
        if (options.StateDirectory.Length > 0)
            HostVolumeRules.Check(options.Volumes, options.StateDirectory);
        if (options.SystemCertificatesDirectory is { Length: > 0 } certificates && HostVolumeRules.Broken(certificates) is { } rule)
            throw DomainError.Invalid(RepOptions.SystemCertificatesSetting, rule).ToException();
        var authority =
            options.StateDirectory.Length > 0 && options.InstanceAuthorityCertificate.Length > 0
                ? InstanceAuthority.Load(
                    options.InstanceAuthorityCertificate,
                    options.InstanceAuthorityKey,
                    TimeProvider.System.GetUtcNow()
                )
                : null;
        services.AddSingleton(options);
        services.AddSingleton(provider => new BbsConnection(
            provider.GetRequiredService<ChannelFactory>(),
            bbsUrls,
            provider.GetRequiredService<ChannelOptions>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<NetworkProbe>();
        services.AddSingleton(provider => new CellTransfers(
            Path.Combine(options.StateDirectory, "downloads"),
            options.Transfers,
            new CellId(options.CellId),
            (IContainerRoots)provider.GetRequiredService<IContainerRuntime>(),
            provider.GetRequiredService<TimeProvider>(),
            Guid.NewGuid
        ));
        services.AddSingleton(provider => new CellHost(
            options,
            cancellation => CellNode.OpenAsync(PartsOf(provider, options, authority), cancellation),
            provider.GetRequiredService<ServedAddress>(),
            provider.GetRequiredService<Readiness>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILogger<CellHost>>()
        ));
        services.AddHostedService(provider => provider.GetRequiredService<CellHost>());
        services.AddSingleton(provider => new RepApi(
            provider.GetRequiredService<CellHost>(),
            provider.GetRequiredService<IContainerRuntime>()
        ));
        services.AddSingleton(provider => new AccessApi(
            provider.GetRequiredService<CellHost>(),
            provider.GetRequiredService<IContainerRuntime>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AccessApi>>()
        ));
        services.AddSingleton(provider => new ImageApi(
            provider.GetRequiredService<CellHost>(),
            provider.GetRequiredService<IContainerRuntime>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        return services;
    }

    public static void MapRep(this WebApplication app)
    {
        app.MapGrpcService<RepApi>();
        app.MapGrpcService<AccessApi>();
        app.MapGrpcService<ImageApi>();
    }

    private static CellNodeParts PartsOf(IServiceProvider provider, RepOptions options, InstanceAuthority? authority)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        var runtime = provider.GetRequiredService<IContainerRuntime>();
        var keeps = options.StateDirectory.Length > 0;
        var transfers = runtime is IContainerRoots ? provider.GetRequiredService<CellTransfers>() : null;
        return new CellNodeParts
        {
            Options = options,
            Runtime = runtime,
            Bbs = new GrpcBbsCalls(provider.GetRequiredService<BbsConnection>().Invoker, options.BbsTimeout, time),
            Journal = keeps
                ? new FileJournal(
                    Path.Combine(options.StateDirectory, "journal"),
                    time,
                    Guid.NewGuid,
                    () => MachineCapacity.FreeDiskMb(options.StateDirectory),
                    provider.GetRequiredService<ILogger<FileJournal>>()
                )
                : new MemoryJournal(time, Guid.NewGuid),
            ContainerFiles = transfers is null
                ? new NoContainerFiles()
                : new LocalContainerFiles(
                    Path.Combine(options.StateDirectory, "files"),
                    transfers.Dependencies,
                    options.Volumes,
                    options.SystemCertificatesDirectory
                ),
            Files = transfers?.Files ?? new NoFileTransfer(),
            Identity = authority is null
                ? null
                : new InstanceIdentity(
                    authority,
                    Path.Combine(options.StateDirectory, "identities"),
                    options.InstanceCertificateValidity,
                    time,
                    provider.GetRequiredService<ILogger<InstanceIdentity>>()
                ),
            Ended =
                keeps && options.EndedLogs > 0
                    ? new FileEndedContainers(Path.Combine(options.StateDirectory, "ended"), options.EndedLogs)
                    : null,
            Probe = runtime is SimulatedRuntime ? new SimulatedProbe() : provider.GetRequiredService<NetworkProbe>(),
            Time = time,
            NewGuid = Guid.NewGuid,
            Random = new Random(),
            Logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Scheduler.Rep"),
        };
    }
}
