using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Containerd;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Cli.Services;

/// <summary>Configuration of one cell, from the command line or the all-in-one node.</summary>
internal sealed record CellSetup
{
    public required RepOptions Rep { get; init; }

    public required RuntimeOptions Runtime { get; init; }

    public ContainerdOptions Containerd { get; init; } = new();

    public NetworkOptions Network { get; init; } = new();

    public ImageOptions Images { get; init; } = new();

    /// <summary>Simulated containers exist only in memory, for fleets larger than the available machines.</summary>
    public RuntimeKind Kind { get; init; }

    /// <exception cref="DomainException">An option is out of range, or the machine has no such runtime; the message names it.</exception>
    public IContainerRuntime CreateRuntime(TimeProvider time, ILoggerFactory loggers)
    {
        if (Kind == RuntimeKind.Simulated)
            return new SimulatedRuntime(new SimulationScript { Process = SimulatedPrograms.Plan }, time);
        OptionRules.Check(Runtime, Containerd, Images, Images.Registry, Network);
        var choice = RuntimeChoice.Of(
            Kind,
            [
                (RuntimeKind.Runc, () => RuncRuntime.Lacks(Runtime)),
                (RuntimeKind.Containerd, () => ContainerdRuntime.Lacks(Runtime, Containerd)),
                (RuntimeKind.Docker, () => DockerRuntime.Lacks(Runtime)),
            ]
        );
        loggers.CreateLogger<CellSetup>().RuntimeChosen(choice.Kind, choice.Reason);
        return choice.Kind switch
        {
            RuntimeKind.Runc => new RuncRuntime(Runtime, Images, Network, time, loggers.CreateLogger<RuncRuntime>()),
            RuntimeKind.Containerd => new ContainerdRuntime(
                Runtime,
                Containerd,
                Images,
                Network,
                time,
                loggers.CreateLogger<ContainerdRuntime>()
            ),
            RuntimeKind.Docker => new DockerRuntime(Runtime, Images, Network, time, loggers.CreateLogger<DockerRuntime>()),
            _ => throw DomainError
                .Invalid("runtime", $"this version has no driver for {choice.Kind.ToString().ToLowerInvariant()}")
                .ToException(),
        };
    }

    /// <summary>
    /// Checks the machine before the service listens, so that missing prerequisites are the first thing that the operator sees.
    /// </summary>
    /// <exception cref="DomainException">A prerequisite is missing; the message names it and what to install.</exception>
    public static Task PreflightAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        PreflightAsync(services.GetRequiredService<IContainerRuntime>(), cancellationToken);

    /// <exception cref="DomainException">A prerequisite is missing; the message names it and what to install.</exception>
    public static Task PreflightAsync(IContainerRuntime runtime, CancellationToken cancellationToken) =>
        InWordsAsync(runtime.PreflightAsync(cancellationToken));

    /// <summary>Destroys every container of a cell and what they shared; for a runtime that has passed its preflight.</summary>
    /// <exception cref="DomainException">Something stays; the message names it.</exception>
    public static Task CleanUpAsync(IContainerRuntime runtime, CancellationToken cancellationToken) =>
        InWordsAsync(runtime.CleanUpAsync(cancellationToken));

    /// <summary>Removes the images that a cell has got and no container uses.</summary>
    /// <exception cref="DomainException">One stays; the message names it.</exception>
    public static Task RemoveImagesAsync(IContainerRuntime runtime) =>
        InWordsAsync(runtime.Images?.PruneAsync(unusedFor: TimeSpan.Zero) ?? Task.CompletedTask);

    /// <summary>What the machine refuses is for operators to read, as what they asked for wrongly.</summary>
    private static async Task InWordsAsync(Task work)
    {
        try
        {
            await work;
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
