using Microsoft.Extensions.Logging;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Reconcile;

/// <summary>Keeps the cell's books and the runtime's in step: reservations that nothing came of, containers of ours that nobody knows, and known ones that are gone.</summary>
internal sealed class ReapLoop(CellLoop cell, IContainerRuntime runtime, RepOptions options, TimeProvider time, ILogger logger)
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(options.ReapInterval, time, cancellation);
            try
            {
                await cell.ExpireReservationsAsync();
                await ReapOnceAsync(cancellation);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                logger.ReapFailed(options.CellId, failure);
            }
        }
    }

    public async Task ReapOnceAsync(CancellationToken cancellation)
    {
        // Books before the runtime: what is made in between is in neither list of what is missing.
        var known = await cell.ViewAsync();
        var found = (await runtime.ListAsync(cancellation)).ToDictionary(container => container.Handle);
        foreach (var container in known)
        {
            var there = found.GetValueOrDefault(container.Guid) is { State: ContainerState.Ready };
            if (container.Phase is ContainerPhase.Created or ContainerPhase.Running && !there) await cell.VanishedAsync(container.Guid);
        }

        foreach (var container in found.Values)
        {
            if (!WorkProperties.IsOwned(container) || await cell.HasAsync(container.Handle)) continue;
            logger.UnknownContainer(options.CellId, container.Handle);
            await runtime.DestroyAsync(container.Handle, cancellation);
        }
    }
}
