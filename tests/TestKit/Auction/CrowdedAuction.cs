using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>
/// A large zone of equal cells and two processes with several instances on each cell, so that locality decides everything. Instances are
/// also removed, so that some cells fall behind the others.
/// </summary>
public sealed class CrowdedAuction(ulong seed, int cells, int placements)
{
    private readonly SeededRandom _random = new(seed);
    private readonly AuctionEngine _engine = new(AuctionRules.Default);
    private readonly PlainAuction _plain = new(AuctionRules.Default);

    public void Run()
    {
        for (var i = 0; i < cells; i++)
            Report(An.EmptyCell($"cell-{i}", memoryMb: 4096) with { Processes = [new ProcessCount("old", 1 + i % 3)] });
        var promises = new List<(ReservationId Id, PlainReservation Held)>();
        for (var i = 0; i < placements; i++)
        {
            var ask = _engine.Lrp(_random.Percent(70) ? "web" : "old", 128 << _random.Next(3));
            var (expected, actual) = (_plain.Place(ask), _engine.Place(ask));
            if (expected.Cell != actual.Cell || !expected.Score.Equals(actual.Score) || expected.Error != actual.Error)
                throw new InvalidOperationException(
                    $"seed {seed}, placement {i} of {ask.Guid}: engine says {actual}, the plain rules {expected.Cell} at {expected.Score:R} or {expected.Error}"
                );
            if (expected.Held is not null)
                promises.Add((actual.Reservation, expected.Held));
            if (_random.Percent(30))
                RefuseOne(promises);
            if (_random.Percent(5))
                ReportOne(i);
        }
    }

    private void RefuseOne(List<(ReservationId Id, PlainReservation Held)> promises)
    {
        if (promises.Count == 0)
            return;
        var at = _random.Next(promises.Count);
        _engine.Refuse(promises[at].Id);
        _plain.Release(promises[at].Held);
        promises.RemoveAt(at);
    }

    private void ReportOne(int revision)
    {
        var before = _random.Pick(_plain.Cells).Report;
        Report(
            before with
            {
                Revision = revision + 1,
                Available = new Resources(_random.Next(0, before.Total.MemoryMb), before.Total.DiskMb, before.Total.Containers),
                Processes = [new ProcessCount("old", _random.Next(1, 3))],
            }
        );
    }

    private void Report(CellReport report)
    {
        _plain.Apply(report);
        if (_engine.Apply(report) is { } error)
            throw error.ToException();
    }
}
