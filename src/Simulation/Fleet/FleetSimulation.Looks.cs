namespace Scheduler.Simulation.Fleet;

/// <summary>State of the work at one moment, counted from the records instead of from running totals.</summary>
internal readonly record struct FleetCensus(long Waiting, long Starting, long Running, int ProcessesUnevenOverZones);

/// <summary>Measures the whole fleet at the end of every time slice: fill, balance, and whether the ledgers are consistent.</summary>
internal sealed partial class FleetSimulation
{
    /// <summary>Longer than the latency of any message, so that both views should agree.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private void Look(int slice)
    {
        Span<double> used = stackalloc double[_options.Zones];
        Span<double> total = stackalloc double[_options.Zones];
        used.Clear();
        total.Clear();
        var (cells, sum, squares, zone) = (0, 0.0, 0.0, 0);
        for (var i = 0; i < _cells.Length; i++)
        {
            var cell = _cells[i];
            if (i > 0 && cell.Profile.Zone != _cells[i - 1].Profile.Zone)
                zone++;
            if (!cell.Up)
            {
                _measures.Fill[i][slice] = FleetMeasures.Absent;
                continue;
            }

            var fill = 1 - (double)cell.Ledger.Available.MemoryMb / cell.Profile.Total.MemoryMb;
            _measures.Fill[i][slice] = (byte)Math.Round(fill * FleetMeasures.FullCell);
            _measures.CellsUp[slice]++;
            used[zone] += fill * cell.Profile.Total.MemoryMb;
            total[zone] += cell.Profile.Total.MemoryMb;
            if (IsOverbooked(cell))
                _measures.OverbookedCells++;
            if (DisagreesWithAuction(cell))
                _measures.BooksDisagree++;
            if (cell.Draining || !cell.Ledger.Healthy || cell.Profile.PlacementTags.Count > 0)
                continue;
            cells++;
            sum += fill;
            squares += fill * fill;
        }

        for (zone = 0; zone < _options.Zones; zone++)
            _measures.ZoneUsed[zone][slice] = total[zone] > 0 ? used[zone] / total[zone] : double.NaN;
        if (cells == 0)
            return;
        _measures.FillMean[slice] = sum / cells;
        _measures.FillSpread[slice] = Math.Sqrt(Math.Max(0, squares / cells - sum / cells * (sum / cells)));
    }

    /// <summary>Adds up what every container holds, instead of trusting the ledger's own sums.</summary>
    private static bool IsOverbooked(FleetCell cell)
    {
        long memoryMb = 0,
            diskMb = 0;
        foreach (var allocation in cell.Ledger.Allocations)
        {
            memoryMb += allocation.Demand.MemoryMb;
            diskMb += allocation.Demand.DiskMb;
        }

        var total = cell.Profile.Total;
        return memoryMb > total.MemoryMb
            || diskMb > total.DiskMb
            || cell.Ledger.Allocations.Count > total.Containers
            || cell.Ledger.Available.MemoryMb != total.MemoryMb - memoryMb;
    }

    /// <summary>Whether the auction's view of a cell that has been idle for a while differs from the cell's own.</summary>
    private bool DisagreesWithAuction(FleetCell cell)
    {
        if (Now - cell.ActiveAt < Quiet)
            return false;
        if (_engine.Cell(cell.Id) is not { } view)
            return true;
        return view.Reservations == 0
            && (
                view.Available != cell.Ledger.Available
                || view.StartingContainerCount != cell.Ledger.StartingCount
                || view.Usable != (cell.Ledger.Healthy && !cell.Ledger.Evacuating)
            );
    }

    private FleetCensus Census()
    {
        var (starting, running, uneven) = (0L, 0L, 0);
        var zones = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        foreach (var cell in _cells)
        {
            foreach (var work in cell.Containers.Values)
            {
                if (work.State == FleetWorkState.Starting)
                    starting++;
                if (work.State == FleetWorkState.Running)
                    running++;
                if (work.IsTask || work.State != FleetWorkState.Running)
                    continue;
                if (!zones.TryGetValue(work.Item.Guid, out var counts))
                    zones[work.Item.Guid] = counts = new(StringComparer.Ordinal);
                counts[cell.Profile.Zone] = counts.GetValueOrDefault(cell.Profile.Zone) + 1;
            }
        }

        foreach (var counts in zones.Values)
        {
            var least = counts.Count < _options.Zones ? 0 : counts.Values.Min();
            if (counts.Values.Max() - least > 1)
                uneven++;
        }

        return new FleetCensus(_wanted.Count, starting, running, uneven);
    }
}
