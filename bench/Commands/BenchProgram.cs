using Scheduler.Cli;

namespace Scheduler.Bench.Commands;

/// <summary>
/// The product's command line plus the command <c>bench</c>: the code under test is part of the product, the benchmarks are not.
/// </summary>
public static class BenchProgram
{
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) =>
        CommandLine.RunAsync(args, output, error, root => root.Subcommands.Add(BenchCommand.Create()));
}
