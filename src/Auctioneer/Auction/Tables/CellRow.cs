using System.Numerics;
using System.Runtime.InteropServices;

namespace Scheduler.Auctioneer.Auction.Tables;

/// <summary>
/// What scoring reads of a cell, in one cache line. Free amounts are the last report minus the outstanding reservations; they are below 0
/// while a report already includes work whose confirmation has not arrived yet.
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

    /// <summary>Factor of the bin-pack weight: the rank in the zone by cell index, or 0 if the weight is 0.</summary>
    public int Rank;

    public int Zone;

    /// <summary>The member number in the candidate group; meaningless while the cell is in none.</summary>
    public int Leaf;

    /// <summary>First of the cell's outstanding reservations; −1 for none.</summary>
    public int FirstReservation;

    /// <summary>The cell's position in fleet order (the order of the cells' first reports), which breaks ties.</summary>
    public long Order;

    /// <summary>
    /// Orders cells by everything that a score consists of. If 0, both cells have bit-identical scores for any ask that both have room for
    /// and whose process neither runs.
    /// </summary>
    public static int CompareState(in CellRow a, in CellRow b, bool forTasks)
    {
        if (a.FreeContainers != b.FreeContainers)
            return a.FreeContainers < b.FreeContainers ? -1 : 1;
        if (a.Starting != b.Starting)
            return a.Starting < b.Starting ? -1 : 1;
        if (a.TotalMemoryMb != b.TotalMemoryMb)
            return a.TotalMemoryMb < b.TotalMemoryMb ? -1 : 1;
        if (a.TotalDiskMb != b.TotalDiskMb)
            return a.TotalDiskMb < b.TotalDiskMb ? -1 : 1;
        if (a.TotalContainers != b.TotalContainers)
            return a.TotalContainers < b.TotalContainers ? -1 : 1;
        var byWork = forTasks ? a.Tasks.CompareTo(b.Tasks) : a.Rank.CompareTo(b.Rank);
        if (byWork != 0)
            return byWork;
        if (HasExactShares(a))
            return FreeShares(a).CompareTo(FreeShares(b));
        if (a.FreeMemoryMb != b.FreeMemoryMb)
            return a.FreeMemoryMb < b.FreeMemoryMb ? -1 : 1;
        return a.FreeDiskMb.CompareTo(b.FreeDiskMb);
    }

    /// <summary>
    /// If the totals are powers of two, as configured ones often are, the used fractions of memory and disk and their sum are exact. Cells
    /// with the same sum then score alike, whatever it consists of. There are many such cells, because work comes in round sizes too.
    /// </summary>
    private static bool HasExactShares(in CellRow row) => BitOperations.IsPow2(row.TotalMemoryMb) && BitOperations.IsPow2(row.TotalDiskMb);

    /// <summary>The sum of the free fractions of memory and disk, multiplied by both totals.</summary>
    private static long FreeShares(in CellRow row) => (long)row.FreeMemoryMb * row.TotalDiskMb + (long)row.FreeDiskMb * row.TotalMemoryMb;
}
