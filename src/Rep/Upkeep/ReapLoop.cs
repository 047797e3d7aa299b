using Microsoft.Extensions.Logging;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Upkeep;

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
        var known = await cell.PhasesAsync();
        var found = (await runtime.ListAsync(cancellation)).ToDictionary(container => container.Handle);
        foreach (var (guid, phase) in known)
        {
            var there = found.GetValueOrDefault(guid) is { State: ContainerState.Ready };
            if (phase is ContainerPhase.Created or ContainerPhase.Running && !there) await cell.VanishedAsync(guid);
        }

        foreach (var container in found.Values)
        {
            // One that the books did not have may have been made since.
            if (!WorkProperties.IsOwned(container) || known.ContainsKey(container.Handle) || await cell.HasAsync(container.Handle)) continue;
            logger.UnknownContainer(options.CellId, container.Handle);
            await runtime.DestroyAsync(container.Handle, cancellation);
        }
    }
}
