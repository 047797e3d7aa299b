using System.CommandLine;

namespace Scheduler.Cli.Bench;

/// <summary><c>scheduler bench …</c></summary>
internal static class BenchCommand
{
    public static Command Create() => new Command("bench") { Auction(), Cell(), Converge(), Grpc() }.Explain("""
        Measure this machine: figures that anybody can reproduce

        From a working copy also: ./scheduler bench cell-loss (the whole system in processes of its own, and cells killed under it)
        """);

    private static Command Auction()
    {
        var defaults = new AuctionBenchOptions();
        var cells = Number("--cells", "Cells of the fleet", defaults.Cells);
        var lrps = Number("--lrps", "Instances to place", defaults.Lrps);
        var processes = Number("--processes", "LRPs that they belong to", defaults.Processes);
        var zones = Number("--zones", "Zones that the cells are in", defaults.Zones);
        var memory = Number("--cell-memory", "Memory of each cell in MB", defaults.CellMemoryMb);
        var prefill = Number("--prefill", "Instances of other LRPs that each cell runs before", defaults.PrefillPerCell);
        var sets = Number("--constraint-sets", "Distinct sets of constraints", defaults.ConstraintSets);
        var seed = new Option<ulong>("--seed") { Description = "Same seed, same work and same placements", DefaultValueFactory = _ => defaults.Seed };
        var json = Json();
        var command = new Command("auction", "Decisions per second, allocation and evenness of one large auction") { cells, lrps, processes, zones, memory, prefill, sets, seed, json };
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
        var starts = Number("--starts", "Containers, one after the other", 50);
        var state = new Option<string>("--state") { Description = "Folder below which the cell keeps its files, for as long as this runs", HelpName = "DIR", DefaultValueFactory = _ => "/var/lib/scheduler" };
        var json = Json();
        var command = new Command("cell", "Milliseconds from nothing to a process in a real container, and to its end; needs root") { starts, state, json };
        command.SetAction((parsed, cancellationToken) =>
            CellBench.RunAsync(Math.Max(1, parsed.GetValue(starts)), parsed.GetValue(state)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellationToken));
        return command;
    }

    private static Command Converge()
    {
        var defaults = new ConvergeBenchOptions();
        var lrps = Number("--lrps", "Instances in the cluster", defaults.Lrps);
        var cells = Number("--cells", "Cells that they run on", defaults.Cells);
        var instances = Number("--instances", "Instances of each LRP", defaults.InstancesPerProcess);
        var seed = new Option<ulong>("--seed") { Description = "Same seed, same cluster", DefaultValueFactory = _ => defaults.Seed };
        var json = Json();
        var command = new Command("converge", "What an audit, a lost cell and one event cost the converger of a large cluster") { lrps, cells, instances, seed, json };
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
        var seconds = Number("--seconds", "Length of each measurement", 5);
        var calls = new Option<long>("--heap-calls") { Description = "Calls over which the heap must not grow; 0 leaves that out", DefaultValueFactory = _ => 1_000_000 };
        var json = Json();
        var command = new Command("grpc", "Unary calls per second against the same bytes over plain HTTP/2, and the heap over a million calls") { seconds, calls, json };
        command.SetAction((parsed, cancellationToken) =>
            GrpcBench.RunAsync(parsed.GetValue(json), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(calls), cancellationToken));
        return command;
    }

    private static Option<int> Number(string name, string description, int fallback) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => fallback };

    private static Option<bool> Json() => new("--json") { Description = "One JSON object" };
}
