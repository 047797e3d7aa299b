using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>
/// A cell of the <see cref="PlainAuction"/>: its last report and the reservations since. Every number is computed on demand.
/// </summary>
internal sealed class PlainCell(CellReport report)
{
    public CellReport Report { get; set; } = report;

    /// <summary>Instances by process guid, as last reported.</summary>
    public Dictionary<string, int> Processes { get; } =
        report.Processes.ToDictionary(process => process.ProcessGuid, process => process.Count);

    /// <summary>Reservations that the report does not include yet.</summary>
    public List<PlainReservation> Reservations { get; } = [];

    public bool Usable => Report.Healthy && !Report.Evacuating;
    public long FreeMemoryMb => Report.Available.MemoryMb - Reservations.Sum(held => (long)held.MemoryMb);
    public long FreeDiskMb => Report.Available.DiskMb - Reservations.Sum(held => (long)held.Ask.DiskMb);
    public long FreeContainers => Report.Available.Containers - Reservations.Count;
    public int Starting => Report.StartingContainerCount + Reservations.Count;
    public int Tasks => Report.Tasks + Reservations.Count(held => held.Ask.Kind == WorkKind.OneOffTask);

    public int InstancesOf(string process) =>
        Processes.GetValueOrDefault(process) + Reservations.Count(held => held.Ask.Kind == WorkKind.Lrp && held.Ask.Guid == process);

    /// <summary>Memory that the work takes here, including the proxy for an LRP.</summary>
    public long MemoryFor(in PlacementAsk ask) => ask.Kind == WorkKind.Lrp ? (long)ask.MemoryMb + Report.ProxyMemoryMb : ask.MemoryMb;

    /// <summary>Whether the last report is newer than this one. A restarted rep restarts its revisions in a later incarnation.</summary>
    public bool IsNewerThan(long incarnation, long revision) =>
        Report.Incarnation > incarnation || (Report.Incarnation == incarnation && Report.Revision > revision);

    /// <summary>Whether the last report already includes the work.</summary>
    public bool Includes(PlainReservation held) =>
        held.Confirmed
        && (Report.Incarnation > held.Incarnation || (Report.Incarnation == held.Incarnation && Report.Revision >= held.Revision));
}

/// <summary>A reservation of resources on a cell.</summary>
internal sealed class PlainReservation
{
    public required PlacementAsk Ask { get; init; }
    public required int MemoryMb { get; init; }

    /// <summary>The cell has accepted the work; its state includes it from <see cref="Revision"/> on.</summary>
    public bool Confirmed { get; set; }
    public long Incarnation { get; set; }
    public long Revision { get; set; }
}
