using BenchmarkDotNet.Attributes;

namespace Scheduler.Bench.Micro.Auction;

/// <summary>Cost of the auction's operations by fleet size, fill and constraints.</summary>
[MemoryDiagnoser]
public class AuctionBenchmarks
{
    private AuctionCase _case = null!;

    [Params(100, 1_000, 10_000)]
    public int Cells { get; set; }

    [Params(false, true)]
    public bool Full { get; set; }

    [Params(false, true)]
    public bool Constrained { get; set; }

    [GlobalSetup]
    public void Setup() => _case = new AuctionCase(Cells, Full, Constrained);

    [Benchmark]
    public bool Place() => _case.Place();

    [Benchmark]
    public bool ApplyChange() => _case.ApplyChange();

    [Benchmark]
    public bool ApplyReport() => _case.ApplyReport();

    [Benchmark]
    public int Explain() => _case.Explain();

    [Benchmark]
    public int Plan() => _case.Plan();
}
