using System.CommandLine;
using Scheduler.Bench.Commands.AuctionSpeed;
using Scheduler.Bench.Commands.CellLoss;
using Scheduler.Bench.Commands.CellSpeed;
using Scheduler.Bench.Commands.ConvergeSpeed;
using Scheduler.Bench.Commands.GrpcSpeed;
using Scheduler.Bench.Commands.StoreSpeed;
using Scheduler.Cli;

namespace Scheduler.Bench.Commands;

/// <summary><c>scheduler bench …</c></summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Run reproducible benchmarks on this machine")
    {
        Auction(), Cell(), CellLossCommand.Create(), Converge(), Grpc(), StoreSpeedCommand.Create(),
    };

    private static Command Auction()
    {
        var defaults = new AuctionBenchOptions();
        var cells = Number("--cells", "Number of cells", defaults.Cells);
        var lrps = Number("--lrps", "Number of instances to place", defaults.Lrps);
        var processes = Number("--processes", "Number of LRPs the instances belong to", defaults.Processes);
        var zones = Number("--zones", "Number of zones", defaults.Zones);
        var memory = Number("--cell-memory", "Memory of each cell in MB", defaults.CellMemoryMb);
        var prefill = Number("--prefill", "Number of instances of other LRPs already on each cell", defaults.PrefillPerCell);
        var sets = Number("--constraint-sets", "Number of distinct constraint sets", defaults.ConstraintSets);
        var seed = new Option<ulong>("--seed")
        {
            Description = "Random seed; the same seed gives the same work and placements",
            DefaultValueFactory = _ => defaults.Seed,
        };
        var json = Json();
        var command = new Command("auction", "Benchmark one large auction: decisions per second, allocations and balance")
        {
            cells, lrps, processes, zones, memory, prefill, sets, seed, json,
        };
        command.SetAction((parsed, cancellationToken) =>
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
        });
        return command;
    }

    private static Command Cell()
    {
        var starts = Number("--starts", "Number of containers, one after another", 50);
        var state = new Option<string>("--state")
        {
            Description = "Directory for the cell's files; they are removed at the end",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/var/lib/scheduler",
        };
        var json = Json();
        var command = new Command("cell", "Benchmark real containers: time to create, start and destroy one; needs root")
        {
            starts, state, json,
        };
        command.SetAction((parsed, cancellationToken) =>
            CellBench.RunAsync(Math.Max(1, parsed.GetValue(starts)), parsed.GetValue(state)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellationToken));
        return command;
    }

    private static Command Converge()
    {
        var defaults = new ConvergeBenchOptions();
        var lrps = Number("--lrps", "Number of instances", defaults.Lrps);
        var cells = Number("--cells", "Number of cells", defaults.Cells);
        var instances = Number("--instances", "Number of instances per LRP", defaults.InstancesPerProcess);
        var seed = new Option<ulong>("--seed")
        {
            Description = "Random seed; the same seed gives the same cluster",
            DefaultValueFactory = _ => defaults.Seed,
        };
        var json = Json();
        var command = new Command("converge", "Benchmark the converger of a large cluster: the cost of an audit, a lost cell and one event")
        {
            lrps, cells, instances, seed, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ConvergeBenchOptions
            {
                Lrps = parsed.GetValue(lrps),
                Cells = parsed.GetValue(cells),
                InstancesPerProcess = parsed.GetValue(instances),
                Seed = parsed.GetValue(seed),
            };
            if (options.Validate() is { } broken)
                throw broken.ToException();
            return ConvergeBench.RunAsync(options, parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellationToken);
        });
        return command;
    }

    private static Command Grpc()
    {
        var seconds = Number("--seconds", "Duration of the throughput measurement in seconds", 5);
        var calls = new Option<long>("--heap-calls")
        {
            Description = "Number of calls over which the heap must not grow; 0: skip this check",
            DefaultValueFactory = _ => 1_000_000,
        };
        var json = Json();
        var command = new Command("grpc", "Benchmark gRPC: unary calls per second against plain HTTP/2, and heap growth")
        {
            seconds, calls, json,
        };
        command.SetAction((parsed, cancellationToken) =>
            GrpcBench.RunAsync(parsed.GetValue(json), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(calls), cancellationToken));
        return command;
    }

    private static Option<int> Number(string name, string description, int fallback) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => fallback };

    private static Option<bool> Json() => new("--json") { Description = "Print JSON, one object per line" };
}
