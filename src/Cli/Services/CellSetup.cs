using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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

    public IContainerRuntime CreateRuntime(TimeProvider time, ILoggerFactory loggers) => Simulated
        ? new SimulatedRuntime(new SimulationScript(), time)
        : new RuncRuntime(Runtime, Images, Network, time, loggers.CreateLogger<RuncRuntime>());

    public void AddTo(IServiceCollection services, IReadOnlyList<string> bbsUrls)
    {
        services.AddSingleton(provider => CreateRuntime(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddRep(Rep, bbsUrls);
    }
}
