using Scheduler.Bench.Cluster.CellLoss;
using Scheduler.Bench.Cluster.StoreSpeed;
using Scheduler.Cli;

namespace Scheduler.Bench.Cluster;

/// <summary>The program's own command line, with the benchmarks that need more than the program: <c>bench cell-loss</c>, <c>bench store</c>.</summary>
internal static class ClusterBenchmarks
{
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) => CommandLine.RunAsync(args, output, error, root =>
    {
        var bench = root.Subcommands.Single(command => command.Name == "bench");
        bench.Subcommands.Add(CellLossCommand.Create());
        bench.Subcommands.Add(StoreSpeedCommand.Create());
    });
}
