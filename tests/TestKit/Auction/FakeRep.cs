using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>A cell's own ledger, which is authoritative: accepts what fits, with a revision for each state.</summary>
public sealed class FakeRep(CellReport empty)
{
    private readonly List<(string Process, int MemoryMb, int DiskMb)> _running = [];
    private long _revision = empty.Revision;

    public int Running => _running.Count;

    public int FreeMemoryMb => empty.Total.MemoryMb - _running.Sum(work => work.MemoryMb);

    /// <summary>Accepts the work if there is capacity, and returns the first revision that contains it.</summary>
    public (bool Accepted, long Revision) Perform(in PlacementAsk ask)
    {
        var memory = ask.MemoryMb > 0 ? ask.MemoryMb + empty.ProxyMemoryMb : 0;
        var fits =
            memory <= FreeMemoryMb
            && _running.Sum(work => work.DiskMb) + ask.DiskMb <= empty.Total.DiskMb
            && _running.Count < empty.Total.Containers;
        if (fits)
        {
            _running.Add((ask.Guid, memory, ask.DiskMb));
            _revision++;
        }

        return (fits, _revision);
    }

    public void StopOne(SeededRandom random)
    {
        if (_running.Count == 0)
            return;
        _running.RemoveAt(random.Next(_running.Count));
        _revision++;
    }

    public CellReport Report() => empty with { Revision = _revision, Available = Available, Processes = Counts() };

    private Resources Available =>
        new(FreeMemoryMb, empty.Total.DiskMb - _running.Sum(work => work.DiskMb), empty.Total.Containers - _running.Count);

    private ProcessCount[] Counts() =>
        [.. _running.GroupBy(work => work.Process).Select(process => new ProcessCount(process.Key, process.Count()))];
}
