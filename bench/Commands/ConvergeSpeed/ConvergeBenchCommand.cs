using System.CommandLine;

namespace Scheduler.Bench.Commands.ConvergeSpeed;

/// <summary><c>bench converge</c></summary>
internal static class ConvergeBenchCommand
{
    public static Command Create()
    {
        var defaults = new ConvergeBenchOptions();
        var lrps = BenchFlags.Number("--lrps", "Number of instances", defaults.Lrps);
        var cells = BenchFlags.Number("--cells", "Number of cells", defaults.Cells);
        var instances = BenchFlags.Number("--instances", "Number of instances per LRP", defaults.InstancesPerProcess);
        var seed = BenchFlags.Seed("Random seed; the same seed gives the same cluster", defaults.Seed);
        var json = BenchFlags.Json();
        var command = new Command("converge", "Benchmark the converger of a large cluster: the cost of an audit, a lost cell and one event")
        {
            lrps,
            cells,
            instances,
            seed,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
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
            }
        );
        return command;
    }
}
