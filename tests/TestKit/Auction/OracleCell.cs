using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>A promise as the oracle keeps it.</summary>
public sealed class OracleReservation
{
    public required PlacementAsk Ask { get; init; }
    public required int MemoryMb { get; init; }
    public bool Confirmed { get; set; }
    public long Incarnation { get; set; }
    public long Revision { get; set; }
}

/// <summary>A cell as the oracle keeps it: its last report and what was promised since; every number is worked out when asked for.</summary>
public sealed class OracleCell(CellReport report)
{
    public CellReport Report { get; set; } = report;
    public Dictionary<string, int> Processes { get; } = report.Processes.ToDictionary(process => process.ProcessGuid, process => process.Count);
    public List<OracleReservation> Reservations { get; } = [];

    public bool Usable => Report.Healthy && !Report.Evacuating;
    public long FreeMemoryMb => Report.Available.MemoryMb - Reservations.Sum(held => (long)held.MemoryMb);
    public long FreeDiskMb => Report.Available.DiskMb - Reservations.Sum(held => (long)held.Ask.DiskMb);
    public long FreeContainers => Report.Available.Containers - Reservations.Count;
    public int Starting => Report.StartingContainerCount + Reservations.Count;
    public int Tasks => Report.Tasks + Reservations.Count(held => held.Ask.Kind == WorkKind.OneOffTask);

    public int InstancesOf(string process) =>
        Processes.GetValueOrDefault(process)
        + Reservations.Count(held => held.Ask.Kind == WorkKind.Lrp && held.Ask.Guid == process);

    public long MemoryFor(in PlacementAsk ask) => ask.Kind == WorkKind.Lrp ? (long)ask.MemoryMb + Report.ProxyMemoryMb : ask.MemoryMb;

    public bool HoldsBy(OracleReservation held) =>
        Report.Incarnation > held.Incarnation || (Report.Incarnation == held.Incarnation && Report.Revision >= held.Revision);
}
