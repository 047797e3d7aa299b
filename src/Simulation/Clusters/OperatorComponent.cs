using Microsoft.Extensions.Logging;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>Somebody at a keyboard: asks reps to evacuate, as <c>scheduler cell drain</c> does.</summary>
internal sealed class OperatorComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);
    private const int MostTries = 10;

    public void Evacuate(string repUrl)
    {
        if (Process is not { IsDead: false } process) return;
        process.Start(() => EvacuateAsync(process, repUrl), failure =>
        {
            if (failure is not null) Cluster.Violated("no part ends by itself", $"{process.Name}: {failure}");
        });
    }

    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping) => Task.Delay(Timeout.InfiniteTimeSpan, process.Time, stopping);

    private async Task EvacuateAsync(VirtualProcess process, string repUrl)
    {
        var rep = new RepService.RepServiceClient(ChannelsOf(process).Invoker(repUrl));
        for (var tries = 0; tries < MostTries; tries++)
        {
            try
            {
                await rep.EvacuateAsync(new EvacuateRequest(), deadline: (process.Time.GetUtcNow() + TimeSpan.FromSeconds(10)).UtcDateTime);
                return;
            }
            catch (DomainException failure)
            {
                Cluster.LoggersOf(process).CreateLogger("").LogInformation("{Url} did not take the evacuation: {Why}", repUrl, failure.Message);
                await Task.Delay(RetryPause, process.Time);
            }
        }
    }
}
