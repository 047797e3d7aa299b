using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Scheduler.Bench.Micro.Auction;
using Scheduler.Bench.Micro.Budgets;
using Scheduler.Bench.Micro.Convergence;

// `budgets` compares allocations with budgets.json; all other arguments go to BenchmarkDotNet, for example `--filter *Auction*`.
if (args is ["budgets"])
    return BudgetCheck.Run(
        [.. AuctionBudgets.All(), .. ConvergenceBudgets.All()],
        Path.Combine(AppContext.BaseDirectory, "budgets.json"),
        Console.Out
    );

// In-process: BenchmarkDotNet's own project would build the contracts into a folder where their code generation does not find them.
var inProcess = new Job().WithToolchain(InProcessEmitToolchain.Instance).AsMutator();
BenchmarkSwitcher.FromAssembly(typeof(AuctionBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(inProcess));
return 0;
