using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>
/// The characteristics of fleet and work in a random auction; drawn once per auction, so that auctions differ as a whole.
/// </summary>
public sealed class AuctionShape(SeededRandom random)
{
    private static readonly string[] Tags = ["iso-1", "iso-2", "gpu", "ssd"];
    private static readonly string[] Drivers = ["nfs", "smb"];
    private static readonly string[] Allowed = [Privileges.Privileged, "CAP_NET_RAW"];

    private readonly int _zones = random.Next(1, 4);
    private readonly int _sizes = random.Pick([1, 1, 2, 1000]);
    private readonly bool _roundNumbers = random.Percent(60);
    private readonly bool _constrained = random.Percent(60);
    private readonly bool _proxies = random.Percent(50);
    private readonly int _processes = random.Pick([1, 3, 10, 40]);
    private readonly int _fill = random.Pick([0, 30, 60, 95]);

    public int Cells { get; } = random.Percent(4) ? random.Next(60, 200) : random.Next(0, 24);

    public int Steps { get; } = random.Next(40, 160);

    public AuctionRules Rules { get; } =
        new()
        {
            StartingContainerWeight = random.Pick([0.25, 0.25, 0.25, 0.0, 0.1, 1.0]),
            BinPackFirstFitWeight = random.Pick([0.0, 0.0, 0.0, 0.5, 0.001, 1.0]),
            StartingContainerCountMaximum = random.Percent(15) ? random.Next(1, 100) : 0,
            ProxyMemory = random.Percent(70) ? ProxyMemoryAccounting.Reserved : ProxyMemoryAccounting.CheckedOnly,
        };

    public string Process() => $"process-{random.Next(_processes)}";

    public CellReport Cell(int number, long incarnation, long revision)
    {
        var total = Total();
        return new CellReport
        {
            Cell = new CellId($"cell-{number}"),
            Incarnation = incarnation,
            Revision = revision,
            Zone = $"z{number % _zones}",
            Index = random.Percent(80) ? number : random.Next(5),
            Total = total,
            Available = Available(total),
            StartingContainerCount = random.Percent(50) ? 0 : random.Next(0, 3),
            ProxyMemoryMb = _proxies ? random.Pick([0, 32, 32]) : 0,
            Tasks = random.Percent(70) ? 0 : random.Next(0, 3),
            Evacuating = random.Percent(5),
            Healthy = random.Percent(96),
            RootFsProviders = Providers(),
            PlacementTags = _constrained && random.Percent(30) ? [random.Pick(Tags)] : [],
            OptionalPlacementTags = _constrained && random.Percent(40) ? Some(Tags) : [],
            VolumeDrivers = _constrained && random.Percent(50) ? Some(Drivers) : [],
            Privileges = _constrained && random.Percent(50) ? Some(Allowed) : [],
            Processes = Processes(),
        };
    }

    public PlacementAsk Ask(AuctionEngine engine, int number)
    {
        var memory =
            random.Percent(3) ? random.Pick([0, int.MaxValue])
            : _roundNumbers ? 128 << random.Next(4)
            : random.Next(1, 1500);
        var disk =
            random.Percent(3) ? random.Pick([0, int.MaxValue])
            : _roundNumbers ? 512 << random.Next(2)
            : random.Next(1, 1500);
        var constraint = new PlacementConstraint(RootFs(), _constrained && random.Percent(20) ? Some(Drivers) : [], WantedTags())
        {
            Privileges = _constrained && random.Percent(15) ? Some(Allowed) : [],
        };
        return random.Percent(25)
            ? engine.OneOffTask($"task-{number}", memory, disk, constraint)
            : engine.Lrp(Process(), random.Next(10), memory, disk, constraint);
    }

    public Resources Available(Resources total) =>
        random.Percent(_fill == 0 ? 90 : 10) ? total : new Resources(Part(total.MemoryMb), Part(total.DiskMb), Part(total.Containers));

    public IReadOnlyList<ProcessCount> Processes()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = random.Percent(40) ? 0 : random.Next(0, 6); i > 0; i--)
            counts[Process()] = random.Next(1, 3);
        return [.. counts.Select(pair => new ProcessCount(pair.Key, pair.Value))];
    }

    private int Part(int total)
    {
        var free = total - (int)((long)total * random.Next(_fill / 2, _fill) / 100);
        return _roundNumbers ? free - free % Math.Min(128, Math.Max(1, free)) : free;
    }

    private Resources Total()
    {
        var size = random.Next(_sizes);
        return _roundNumbers
            ? new Resources(4096 << (size % 3), 16384 << (size % 2), 16 + size % 7)
            : new Resources(3000 + 37 * size, 14000 + 61 * size, 15 + size % 20);
    }

    private IReadOnlyList<RootFsProvider> Providers()
    {
        if (!_constrained || random.Percent(60))
            return [new RootFsProvider("preloaded", ["linux", "linux-2"]), new RootFsProvider("docker", null)];
        return random.Percent(50)
            ? [new RootFsProvider("preloaded", ["windows"])]
            : [new RootFsProvider("preloaded", ["linux"]), new RootFsProvider("preloaded+layer", ["linux"])];
    }

    private string RootFs() =>
        !_constrained || random.Percent(70)
            ? "preloaded:linux"
            : random.Pick([
                "preloaded:windows",
                "docker:///busybox#latest",
                "preloaded+layer:linux?layer=http://x",
                "preloaded:none",
                "none:linux",
                "linux",
            ]);

    private IReadOnlyList<string> WantedTags() => _constrained && random.Percent(40) ? Some(Tags) : [];

    private string[] Some(string[] items) => [.. items.Where(_ => random.Percent(40))];
}
