using Scheduler.Bench.Micro.Budgets;

namespace Scheduler.Bench.Micro.Auction;

/// <summary>The auction's operations as named in <c>budgets.json</c>.</summary>
internal static class AuctionBudgets
{
    public static IEnumerable<BudgetedOperation> All()
    {
        var cases =
            from cells in (int[])[100, 1_000, 10_000]
            from full in (bool[])[false, true]
            from constrained in (bool[])[false, true]
            select (cells, full, constrained);
        foreach (var (cells, full, constrained) in cases)
        {
            yield return new BudgetedOperation(
                $"auction.place.{cells}.{(full ? "full" : "empty")}.{(constrained ? "constrained" : "plain")}",
                () => Of(new AuctionCase(cells, full, constrained), auction => auction.Place())
            );
        }

        yield return new BudgetedOperation(
            "auction.apply_change.1000",
            () => Of(new AuctionCase(1_000, false, false), auction => auction.ApplyChange())
        );
        yield return new BudgetedOperation(
            "auction.apply_report.1000",
            () => Of(new AuctionCase(1_000, false, false), auction => auction.ApplyReport())
        );
        yield return new BudgetedOperation(
            "auction.explain.1000",
            () => Of(new AuctionCase(1_000, true, true), auction => auction.Explain()),
            20
        );
        yield return new BudgetedOperation("auction.plan.1000", () => Of(new AuctionCase(1_000, true, true), auction => auction.Plan()), 5);
    }

    private static Action Of(AuctionCase auction, Action<AuctionCase> operation) => () => operation(auction);
}
