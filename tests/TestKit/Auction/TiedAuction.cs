using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>
/// A large zone whose cells are filled differently but nominally equally: more memory here, more disk there. The last bit of the scores and
/// the order of the fleet decide which cell wins.
/// </summary>
public sealed class TiedAuction(ulong seed)
{
    private readonly SeededRandom _random = new(seed);
    private readonly AuctionEngine _engine = new(AuctionRules.Default);
    private readonly PlainAuction _plain = new(AuctionRules.Default);

    public void Run(int placements)
    {
        var share = _random.Next(2, 6);
        var cells = _random.Next(60, 220);
        for (var i = 0; i < cells; i++)
            Report(Cell(i, _random.Next(0, share), share));
        for (var i = 0; i < placements; i++)
        {
            var ask = _random.Percent(80)
                ? _engine.Lrp($"process-{_random.Next(3)}", _random.Next(1, 40) * 10, _random.Next(1, 40) * 20)
                : _engine.OneOffTask($"task-{i}", _random.Next(1, 400), _random.Next(1, 400));
            var (expected, actual) = (_plain.Place(ask), _engine.Place(ask));
            if (expected.Cell != actual.Cell || !expected.Score.Equals(actual.Score) || expected.Error != actual.Error)
                throw new InvalidOperationException(
                    $"seed {seed}, placement {i}: engine says {actual}, the plain rules {expected.Cell} at {expected.Score:R} or {expected.Error}"
                );
        }
    }

    /// <summary>
    /// Uses the given tenths of memory and the rest of the share as disk; no binary fraction represents the totals exactly.
    /// </summary>
    private static CellReport Cell(int number, int memoryTenths, int share) =>
        An.EmptyCell($"cell-{number}") with
        {
            Total = new Resources(3_000, 6_000, 10),
            Available = new Resources(3_000 - 300 * memoryTenths, 6_000 - 600 * (share - memoryTenths), 10),
        };

    private void Report(CellReport report)
    {
        _plain.Apply(report);
        if (_engine.Apply(report) is { } error)
            throw error.ToException();
    }
}
