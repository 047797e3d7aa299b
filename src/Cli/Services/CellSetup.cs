using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Images;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Cli.Services;

/// <summary>One cell as its command line, or the all-in-one node, describes it.</summary>
internal sealed record CellSetup
{
    public required RepOptions Rep { get; init; }

    public required RuntimeOptions Runtime { get; init; }

    public NetworkOptions Network { get; init; } = new();

    public ImageOptions Images { get; init; } = new();

    /// <summary>Containers exist only in memory; for fleets larger than a machine.</summary>
    public bool Simulated { get; init; }

    /// <exception cref="DomainException">An option is out of its range; names it.</exception>
    public IContainerRuntime CreateRuntime(TimeProvider time, ILoggerFactory loggers)
    {
        if (Simulated)
            return new SimulatedRuntime(new SimulationScript(), time);
        OptionRules.Check(Runtime, Images, Network);
        // Users, ports and subnets are all leased from the machine: one directory for them.
        Network.LeaseDirectory = Runtime.LeaseDirectory;
        return new RuncRuntime(Runtime, Images, Network, time, loggers.CreateLogger<RuncRuntime>());
    }

    /// <summary>Looks at the machine before anything listens: what it lacks should be the first thing that its operator reads.</summary>
    /// <exception cref="DomainException">Something is missing; names it and what to install.</exception>
    public static Task PreflightAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        PreflightAsync(services.GetRequiredService<IContainerRuntime>(), cancellationToken);

    /// <exception cref="DomainException">Something is missing; names it and what to install.</exception>
    public static async Task PreflightAsync(IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        try
        {
            await runtime.PreflightAsync(cancellationToken);
        }
        catch (ContainerRuntimeException failure)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, failure.Message), failure);
        }
    }

    public void AddTo(IServiceCollection services, IReadOnlyList<string> bbsUrls)
    {
        services.AddSingleton(provider => CreateRuntime(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddRep(Rep, bbsUrls);
    }
}
