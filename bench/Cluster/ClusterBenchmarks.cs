using Scheduler.Bench.Cluster.CellLoss;
using Scheduler.Cli;

namespace Scheduler.Bench.Cluster;

/// <summary>The program's own command line, with the benchmarks that need more than the program: <c>bench cell-loss</c>.</summary>
internal static class ClusterBenchmarks
{
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) => CommandLine.RunAsync(
        args, output, error, root => root.Subcommands.Single(command => command.Name == "bench").Subcommands.Add(CellLossCommand.Create()));
}
