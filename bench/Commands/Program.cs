using Scheduler.Bench.Commands;

return await BenchProgram.RunAsync(args, Console.Out, Console.Error);
