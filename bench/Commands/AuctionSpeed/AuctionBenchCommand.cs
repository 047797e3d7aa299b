using System.CommandLine;

namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary><c>bench auction</c></summary>
internal static class AuctionBenchCommand
{
    public static Command Create()
    {
        var defaults = new AuctionBenchOptions();
        var cells = BenchFlags.Number("--cells", "Number of cells", defaults.Cells);
        var lrps = BenchFlags.Number("--lrps", "Number of instances to place", defaults.Lrps);
        var processes = BenchFlags.Number("--processes", "Number of LRPs the instances belong to", defaults.Processes);
        var zones = BenchFlags.Number("--zones", "Number of zones", defaults.Zones);
        var memory = BenchFlags.Number("--cell-memory", "Memory of each cell in MB", defaults.CellMemoryMb);
        var prefill = BenchFlags.Number("--prefill", "Number of instances of other LRPs already on each cell", defaults.PrefillPerCell);
        var sets = BenchFlags.Number("--constraint-sets", "Number of distinct constraint sets", defaults.ConstraintSets);
        var seed = BenchFlags.Seed("Random seed; the same seed gives the same work and placements", defaults.Seed);
        var json = BenchFlags.Json();
        var command = new Command("auction", "Benchmark one large auction: decisions per second, allocations and balance")
        {
            cells,
            lrps,
            processes,
            zones,
            memory,
            prefill,
            sets,
            seed,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = new AuctionBenchOptions
                {
                    Cells = parsed.GetValue(cells),
                    Lrps = parsed.GetValue(lrps),
                    Processes = parsed.GetValue(processes),
                    Zones = parsed.GetValue(zones),
                    CellMemoryMb = parsed.GetValue(memory),
                    PrefillPerCell = parsed.GetValue(prefill),
                    ConstraintSets = parsed.GetValue(sets),
                    Seed = parsed.GetValue(seed),
                };
                if (options.Validate() is { } broken)
                    throw broken.ToException();
                return AuctionBench.RunAsync(options, parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellationToken);
            }
        );
        return command;
    }
}
