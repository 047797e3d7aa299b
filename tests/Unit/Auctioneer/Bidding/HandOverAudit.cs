using Scheduler.Auctioneer;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

/// <summary>
/// Check of every hand-over against the limit: in any span of time t, no cell is given more than burst + rate × t starts.
/// </summary>
internal sealed class HandOverAudit(AuctioneerOptions options)
{
    private readonly Dictionary<CellId, List<(DateTimeOffset At, int Count)>> _given = [];

    public void Note(CellId cell, int count, DateTimeOffset now)
    {
        Assert.True(count > 0, "nothing was handed over");
        if (options.StartsPerCellPerSecond == 0)
            return;
        if (!_given.TryGetValue(cell, out var given))
            _given[cell] = given = [];
        given.Add((now, count));
        var sum = 0;
        for (var i = given.Count - 1; i >= 0; i--)
        {
            sum += given[i].Count;
            var span = now - given[i].At;
            Assert.True(
                sum <= options.StartBurstPerCell + (options.StartsPerCellPerSecond * span.TotalSeconds),
                $"{cell} was given {sum} starts within {span}"
            );
        }
    }
}
