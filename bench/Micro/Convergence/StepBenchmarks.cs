using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Scheduler.Bench.Commands.ConvergeSpeed;
using Scheduler.Contracts.V1;

namespace Scheduler.Bench.Micro.Convergence;

/// <summary>
/// The loss of one cell with some 250 instances, and one instance's event, in a cluster of 1,000,000 instances and in a model of only the
/// processes on the cell. Both do the same work; the difference is the cost of the cluster's size.
/// </summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 3, iterationCount: 15, invocationCount: 1)]
public class StepBenchmarks
{
    private const int Events = 200;

    private static readonly ConvergeBenchOptions Options = new();

    private ConvergeBenchCluster[] _clusters = [];
    private IReadOnlyList<Event>[] _events = [];
    private int _cell;

    /// <summary>Whether the model contains only what the event affects.</summary>
    [Params(false, true)]
    public bool Alone { get; set; }

    // Another cell each time: memory still cached from the previous time would flatter the large model.
    private const int Cells = 18;

    [GlobalSetup]
    public void Setup()
    {
        var whole = new ConvergeBenchCluster(Options);
        _clusters = [.. Enumerable.Range(0, Cells).Select(cell => Alone ? new ConvergeBenchCluster(Options, cell) : whole)];
        _events = [.. Enumerable.Range(0, Cells).Select(cell => whole.EventsOn(cell).Take(Events).ToArray())];
    }

    [IterationSetup(Target = nameof(LoseCell))]
    public void Return()
    {
        if (_cell > 0)
            _clusters[(_cell - 1) % Cells].Return((_cell - 1) % Cells);
    }

    [Benchmark]
    public int LoseCell()
    {
        var cell = _cell++ % Cells;
        return _clusters[cell].Lose(cell);
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public int TakeEvent()
    {
        var cell = _cell++ % Cells;
        var commands = 0;
        foreach (var change in _events[cell])
            commands += _clusters[cell].Take(change);
        return commands;
    }
}
