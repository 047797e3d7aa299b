using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>The fleet and the work of a benchmark run, generated from its seed alone.</summary>
internal sealed class AuctionBenchFleet
{
    private const int DiskMb = 131_072;
    private const int Containers = 250;
    private const string PlainRootFs = "preloaded:cflinuxfs4";

    private static readonly int[] MemoryMb = [128, 256, 512, 1024];
    private static readonly int[] LrpDiskMb = [512, 1024];

    private readonly AuctionBenchOptions _options;
    private readonly SeededRandom _random;

    public AuctionBenchFleet(AuctionBenchOptions options)
    {
        _options = options;
        _random = new SeededRandom(options.Seed);
        var instances = options.Lrps + options.Cells * options.PrefillPerCell;
        var processes = options.Processes + Math.Max(1, options.Cells * options.PrefillPerCell / PrefillInstancesPerProcess);
        Engine = new AuctionEngine(AuctionRules.Default, new AuctionSize(options.Cells, instances, processes));
        for (var cell = 0; cell < options.Cells; cell++)
            if (Engine.Apply(Report(cell)) is { } error)
                throw error.ToException();
        Asks = Order(Work());
        // Each constraint set is compiled on first use; the benchmark measures the state after that.
        for (var i = 0; i < Asks.Length && i < options.Processes; i++)
            Engine.Decide(Asks[i]);
    }

    private const int PrefillInstancesPerProcess = 10;

    public AuctionEngine Engine { get; }

    /// <summary>In auction order.</summary>
    public PlacementAsk[] Asks { get; }

    /// <summary>Time to sort the whole batch.</summary>
    public TimeSpan OrderTime { get; private set; }

    private CellReport Report(int cell)
    {
        var room = new Resources(_options.CellMemoryMb, DiskMb, Containers);
        return new CellReport
        {
            Cell = new CellId($"cell-{cell}"),
            Zone = $"z{cell % _options.Zones}",
            Index = cell,
            Total = room,
            Available = room,
            RootFsProviders = RootFsProviders(cell),
            VolumeDrivers = _options.ConstraintSets > 1 && Kind(cell, 2) ? ["nfs"] : [],
            OptionalPlacementTags = OptionalTags(cell),
            Processes =
            [
                .. Enumerable.Range(0, _options.PrefillPerCell).Select(i => new ProcessCount($"prefill-{PrefillProcess(cell, i)}", 1)),
            ],
        };
    }

    /// <summary>Spreads the instances of a process over different cells.</summary>
    private int PrefillProcess(int cell, int i) =>
        _options.Cells <= PrefillInstancesPerProcess ? i : cell / PrefillInstancesPerProcess * _options.PrefillPerCell + i;

    /// <summary>Whether the cell has a property: kinds 0 to 7 are mixed evenly over each zone, and each bit is one property.</summary>
    private bool Kind(int cell, int bit) => ((cell / _options.Zones) & bit) != 0;

    private IReadOnlyList<RootFsProvider> RootFsProviders(int cell) =>
        _options.ConstraintSets > 1 && Kind(cell, 1)
            ? [new("preloaded", ["cflinuxfs4", "cflinuxfs5"]), new("docker", null)]
            : [new("preloaded", ["cflinuxfs4"]), new("docker", null)];

    /// <summary>Half of the cells offer the tags of even sets, the other half those of odd sets, so that all have capacity.</summary>
    private IReadOnlyList<string> OptionalTags(int cell) =>
        _options.ConstraintSets == 1
            ? []
            :
            [
                .. Enumerable
                    .Range(0, _options.ConstraintSets)
                    .Where(set => set % 2 == (Kind(cell, 4) ? 0 : 1))
                    .Select(set => $"tag-{set}"),
            ];

    private PlacementConstraint Constraint(int set) =>
        (set % 4) switch
        {
            _ when set == 0 => PlacementConstraint.ForRootFs(PlainRootFs),
            0 => new PlacementConstraint($"docker:///image-{set}", [], [$"tag-{set}"]),
            1 => new PlacementConstraint(PlainRootFs, [], [$"tag-{set}"]),
            2 => new PlacementConstraint($"docker:///image-{set}", [], []),
            _ => new PlacementConstraint($"docker:///image-{set}", ["nfs"], []),
        };

    private PlacementAsk[] Work()
    {
        var constraints = new PlacementConstraint[_options.ConstraintSets];
        for (var i = 0; i < constraints.Length; i++)
            constraints[i] = Constraint(i);
        var work = new PlacementAsk[_options.Lrps];
        var next = 0;
        for (var process = 0; process < _options.Processes; process++)
        {
            var guid = Guid(_random);
            var (memory, disk) = (_random.Pick(MemoryMb), _random.Pick(LrpDiskMb));
            // As even as possible: the first few processes have one more instance.
            var instances = _options.Lrps / _options.Processes + (process < _options.Lrps % _options.Processes ? 1 : 0);
            for (var index = 0; index < instances; index++)
                work[next++] = Engine.Lrp(guid, index, memory, disk, constraints[process % constraints.Length]);
        }

        return work;
    }

    private PlacementAsk[] Order(PlacementAsk[] work)
    {
        var order = new int[work.Length];
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        AuctionOrder.Arrange(work, order);
        OrderTime = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        return Array.ConvertAll(order, i => work[i]);
    }

    private static string Guid(SeededRandom random)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, random.NextUInt64());
        BitConverter.TryWriteBytes(bytes[8..], random.NextUInt64());
        return new Guid(bytes).ToString();
    }
}
