using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Scheduler.Bench.Commands.ConvergeSpeed;

namespace Scheduler.Bench.Micro.Convergence;

/// <summary>An audit of a whole cluster from scratch, with nothing to find.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 3, iterationCount: 15)]
public class AuditBenchmarks
{
    private ConvergeBenchCluster _cluster = null!;

    [Params(100_000, 1_000_000)]
    public int Lrps { get; set; }

    [GlobalSetup]
    public void Setup() => _cluster = new ConvergeBenchCluster(new ConvergeBenchOptions { Lrps = Lrps, Cells = Lrps / 250 });

    [Benchmark]
    public int Audit() => _cluster.Audit();
}
