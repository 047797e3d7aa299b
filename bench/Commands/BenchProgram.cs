using Scheduler.Cli;

namespace Scheduler.Bench.Commands;

/// <summary>The program's own command line with one more command, <c>bench</c>: what it measures is built into the program, the measuring is not.</summary>
public static class BenchProgram
{
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) =>
        CommandLine.RunAsync(args, output, error, root => root.Subcommands.Add(BenchCommand.Create()));
}
