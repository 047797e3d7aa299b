using System.Runtime.InteropServices;

namespace Scheduler.Auctioneer.Auction;

/// <summary>
/// What scoring reads of a cell, in one cache line. Free amounts are the last report's less the outstanding
/// reservations; they are below 0 for the moment in which a report already holds work whose confirmation is still on its way.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CellRow
{
    public int FreeMemoryMb;
    public int FreeDiskMb;
    public int FreeContainers;
    public int Starting;

    public int TotalMemoryMb;
    public int TotalDiskMb;
    public int TotalContainers;
    public int ProxyMemoryMb;

    public int Tasks;

    /// <summary>What the bin-pack weight multiplies: the rank in the zone by cell index, or 0 when the weight is 0.</summary>
    public int Rank;

    public int Zone;

    /// <summary>The place in the candidate group's order; meaningless while the cell is in none.</summary>
    public int Leaf;

    /// <summary>First of the cell's outstanding reservations; −1 for none.</summary>
    public int FirstReservation;

    /// <summary>Where the cell stands in the fleet's order, which decides ties: the order in which cells first reported.</summary>
    public long Order;

    /// <summary>Whether both cells get the same score, to the bit, for any ask that neither runs yet.</summary>
    public static bool ScoreAlike(in CellRow a, in CellRow b, bool forTasks) =>
        a.FreeMemoryMb == b.FreeMemoryMb && a.FreeDiskMb == b.FreeDiskMb && a.FreeContainers == b.FreeContainers
        && a.Starting == b.Starting
        && a.TotalMemoryMb == b.TotalMemoryMb && a.TotalDiskMb == b.TotalDiskMb && a.TotalContainers == b.TotalContainers
        && (forTasks ? a.Tasks == b.Tasks : a.Rank == b.Rank);
}
