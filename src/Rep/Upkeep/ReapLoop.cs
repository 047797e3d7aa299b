using Microsoft.Extensions.Logging;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Upkeep;

/// <summary>
/// Keeps the cell's ledger and the runtime consistent: drops expired reservations, destroys unknown containers of this rep, and
/// completes known containers that are gone.
/// </summary>
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
        // List the ledger before the runtime, so that a container created in between does not look missing.
        var known = await cell.PhasesAsync();
        var found = (await runtime.ListAsync(cancellation)).ToDictionary(container => container.Handle);
        foreach (var (guid, phase) in known)
        {
            var there = found.GetValueOrDefault(guid) is { State: ContainerState.Ready };
            if (phase is ContainerPhase.Created or ContainerPhase.Running && !there)
                await cell.VanishedAsync(guid);
        }

        foreach (var container in found.Values)
        {
            // A container missing from the first list may have been added since.
            if (!WorkProperties.IsOwned(container) || known.ContainsKey(container.Handle) || await cell.HasAsync(container.Handle))
                continue;
            logger.UnknownContainer(options.CellId, container.Handle);
            await runtime.DestroyAsync(container.Handle, cancellation);
        }
    }
}
