using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>How evenly a benchmark run placed its work, computed from the placements themselves.</summary>
internal readonly record struct AuctionBenchQuality(
    double MemoryUsedStddev,
    double MemoryUsedMaxMinusMin,
    int ProcessesUnevenOverZones,
    int MaxSameProcessOnCell,
    int Failed
)
{
    public static AuctionBenchQuality Of(AuctionBenchOptions options, AuctionBenchFleet fleet, PlacementResult[] results)
    {
        var usedMb = new long[options.Cells];
        var byZone = new Dictionary<string, int[]>(StringComparer.Ordinal);
        var byCell = new Dictionary<(string Process, int Cell), int>();
        var failed = 0;
        var mostOnCell = 0;
        for (var i = 0; i < results.Length; i++)
        {
            ref readonly var ask = ref fleet.Asks[i];
            if (!byZone.TryGetValue(ask.Guid, out var zones))
                byZone.Add(ask.Guid, zones = new int[options.Zones]);
            if (!results[i].Placed)
            {
                failed++;
                continue;
            }

            var cell = int.Parse(results[i].Cell.Value.AsSpan("cell-".Length));
            usedMb[cell] += ask.MemoryMb;
            zones[cell % options.Zones]++;
            var onCell = byCell.GetValueOrDefault((ask.Guid, cell)) + 1;
            byCell[(ask.Guid, cell)] = onCell;
            mostOnCell = Math.Max(mostOnCell, onCell);
        }

        var used = Array.ConvertAll(usedMb, mb => (double)mb / options.CellMemoryMb);
        var mean = used.Average();
        return new AuctionBenchQuality(
            Math.Round(Math.Sqrt(used.Average(part => (part - mean) * (part - mean))), 6),
            Math.Round(used.Max() - used.Min(), 6),
            byZone.Values.Count(zones => zones.Max() - zones.Min() > 1),
            mostOnCell,
            failed
        );
    }
}
