using Microsoft.Extensions.Logging;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>
/// An operator who asks reps to evacuate and decides about absent cells, like <c>scheduler cell drain</c>, <c>lose</c> and <c>keep</c>.
/// </summary>
internal sealed class OperatorComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);
    private const int MostTries = 10;

    /// <param name="taken">Called when the rep has accepted the request.</param>
    public void Evacuate(string repUrl, Action taken) =>
        Try(async process =>
        {
            var rep = new RepService.RepServiceClient(ChannelsOf(process).Invoker(repUrl));
            if (
                await RepeatAsync(
                    process,
                    $"{repUrl} did not take the evacuation",
                    async deadline => await rep.EvacuateAsync(new EvacuateRequest(), deadline: deadline)
                )
            )
                taken();
        });

    /// <summary>Declares all absent cells lost, or keeps them for the given time.</summary>
    /// <param name="taken">Called if the decision applied to any cell.</param>
    public void Judge(TimeSpan? kept, Action taken) =>
        Try(async process =>
        {
            var cells = new CellService.CellServiceClient(BbsOf(process).Invoker);
            var judged = 0;
            await RepeatAsync(
                process,
                "the verdict was not taken",
                async deadline =>
                {
                    judged = kept is { } time
                        ? (
                            await cells.KeepAsync(
                                new KeepCellsRequest { All = true, DurationSeconds = Math.Max(1, (uint)time.TotalSeconds) },
                                deadline: deadline
                            )
                        )
                            .Cells
                            .Count
                        : (await cells.LoseAsync(new LoseCellsRequest { All = true }, deadline: deadline)).Cells.Count;
                }
            );
            if (judged > 0)
                taken();
        });

    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping) =>
        Task.Delay(Timeout.InfiniteTimeSpan, process.Time, stopping);

    private void Try(Func<VirtualProcess, Task> work)
    {
        if (Process is not { IsDead: false } process)
            return;
        process.Start(
            () => work(process),
            failure =>
            {
                if (failure is not null)
                    Cluster.Violated("no component exits by itself", $"{process.Name}: {failure}");
            }
        );
    }

    /// <returns>Whether it succeeded before the time limit.</returns>
    private async Task<bool> RepeatAsync(VirtualProcess process, string complaint, Func<DateTime, Task> call)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            try
            {
                await call((process.Time.GetUtcNow() + TimeSpan.FromSeconds(10)).UtcDateTime);
                return true;
            }
            catch (DomainException failure)
            {
                Cluster.LoggersOf(process).CreateLogger("").LogInformation("{Complaint}: {Why}", complaint, failure.Message);
                await Task.Delay(RetryPause, process.Time);
            }
        }

        return false;
    }
}
