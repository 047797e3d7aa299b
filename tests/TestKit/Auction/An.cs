using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>Builds reports and work that specify only what a test is about.</summary>
public static class An
{
    public const string RootFs = "preloaded:linux";

    public static PlacementConstraint AnyLinux { get; } = PlacementConstraint.ForRootFs(RootFs);

    /// <summary>An empty cell with the stack linux, 1,000 MB memory, 10,000 MB disk and 10 containers.</summary>
    public static CellReport EmptyCell(string id, string zone = "z1", int memoryMb = 1000) =>
        new()
        {
            Cell = new CellId(id),
            Zone = zone,
            Total = new Resources(memoryMb, 10_000, 10),
            Available = new Resources(memoryMb, 10_000, 10),
            RootFsProviders = [new RootFsProvider("preloaded", ["linux"])],
        };

    public static AuctionEngine EngineWith(params ReadOnlySpan<CellReport> cells) => EngineWith(AuctionRules.Default, cells);

    public static AuctionEngine EngineWith(AuctionRules rules, params ReadOnlySpan<CellReport> cells)
    {
        var engine = new AuctionEngine(rules);
        foreach (var cell in cells)
            if (engine.Apply(cell) is { } error)
                throw error.ToException();
        return engine;
    }

    public static PlacementAsk Lrp(
        this AuctionEngine engine,
        string process,
        int memoryMb = 100,
        int diskMb = 100,
        PlacementConstraint? constraint = null
    ) => engine.Lrp(process, 0, memoryMb, diskMb, constraint ?? AnyLinux);

    public static PlacementAsk OneOffTask(this AuctionEngine engine, string guid, int memoryMb = 100, int diskMb = 100) =>
        engine.OneOffTask(guid, memoryMb, diskMb, AnyLinux);
}
