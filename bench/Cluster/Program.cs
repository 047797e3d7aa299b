using System.CommandLine;
using Scheduler.Bench.Cluster.CellLoss;
using Scheduler.Cli;

// The program's own command line, with the benchmarks that need more than the program: `bench cell-loss`.
return await CommandLine.RunAsync(args, Console.Out, Console.Error, root => Bench(root).Subcommands.Add(CellLossCommand.Create()));

static Command Bench(RootCommand root) => root.Subcommands.Single(command => command.Name == "bench");
