using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Cli.Services;

/// <summary>Configuration of one cell, from the command line or the all-in-one node.</summary>
internal sealed record CellSetup
{
    public required RepOptions Rep { get; init; }

    public required RuntimeOptions Runtime { get; init; }

    public NetworkOptions Network { get; init; } = new();

    public ImageOptions Images { get; init; } = new();

    /// <summary>Containers exist only in memory, for fleets larger than the available machines.</summary>
    public bool Simulated { get; init; }

    /// <exception cref="DomainException">An option is out of range; the message names it.</exception>
    public IContainerRuntime CreateRuntime(TimeProvider time, ILoggerFactory loggers)
    {
        if (Simulated)
            return new SimulatedRuntime(new SimulationScript { Process = SimulatedPrograms.Plan }, time);
        OptionRules.Check(Runtime, Images, Images.Registry, Network);
        return new RuncRuntime(Runtime, Images, Network, time, loggers.CreateLogger<RuncRuntime>());
    }

    /// <summary>
    /// Checks the machine before the service listens, so that missing prerequisites are the first thing that the operator sees.
    /// </summary>
    /// <exception cref="DomainException">A prerequisite is missing; the message names it and what to install.</exception>
    public static Task PreflightAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        PreflightAsync(services.GetRequiredService<IContainerRuntime>(), cancellationToken);

    /// <exception cref="DomainException">A prerequisite is missing; the message names it and what to install.</exception>
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
        services.AddSingleton(provider =>
            CreateRuntime(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>())
        );
        services.AddRep(Rep, bbsUrls);
    }
}
