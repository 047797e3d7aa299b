using BenchmarkDotNet.Running;
using Scheduler.Bench.Micro.Auction;
using Scheduler.Bench.Micro.Budgets;

// `budgets` compares allocations with budgets.json; anything else goes to BenchmarkDotNet, such as `--filter *Auction*`.
if (args is ["budgets"])
    return BudgetCheck.Run(AuctionBudgets.All(), Path.Combine(AppContext.BaseDirectory, "budgets.json"), Console.Out);

BenchmarkSwitcher.FromAssembly(typeof(AuctionBenchmarks).Assembly).Run(args);
return 0;
