using Scheduler.Bench.Cluster;

return await ClusterBenchmarks.RunAsync(args, Console.Out, Console.Error);
