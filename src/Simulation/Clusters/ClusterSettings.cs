using Scheduler.Auctioneer;
using Scheduler.Bbs;
using Scheduler.Converger;
using Scheduler.Rep;

namespace Scheduler.Simulation.Clusters;

/// <summary>Size and settings of the cluster. Its components run with the product's defaults, except for the capacity of a cell.</summary>
internal sealed record ClusterSettings
{
    public const int DefaultCellMemoryMb = 16_384;

    public ulong Seed { get; init; } = 1;

    public int Cells { get; init; } = 10;

    public int Zones { get; init; } = 3;

    public int CellMemoryMb { get; init; } = DefaultCellMemoryMb;

    public int Bbses { get; init; } = 2;

    public int Auctioneers { get; init; } = 2;

    public int Convergers { get; init; } = 2;

    public int RouteEmitters { get; init; } = 2;

    public BbsOptions Bbs() =>
        new()
        {
            // Each worker is an idle task of every BBS; the simulation never reaches the limits.
            Outbound = { RepWorkers = 32, CallbackWorkers = 16 },
        };

    public AuctioneerOptions Auctioneer() => new();

    public ConvergerOptions Converger() => new();

    public RepOptions Rep() =>
        new()
        {
            MemoryMb = CellMemoryMb,
            DiskMb = 10 * CellMemoryMb,
            PreloadedRootFs = ["linux"],
            HealthCheckRootFs = "preloaded:linux",
        };
}
