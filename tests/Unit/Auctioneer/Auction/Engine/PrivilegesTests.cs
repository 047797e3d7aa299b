using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Engine;

public sealed class PrivilegesTests
{
    private static readonly PlacementConstraint Privileged = An.AnyLinux with { Privileges = [Privileges.Privileged, "CAP_NET_RAW"] };

    [Fact]
    public void Places_privileged_work_only_where_all_that_it_asks_for_is_allowed()
    {
        var engine = An.EngineWith(
            An.EmptyCell("closed"),
            An.EmptyCell("half") with
            {
                Privileges = [Privileges.Privileged],
            },
            An.EmptyCell("open") with
            {
                Privileges = ["CAP_NET_ADMIN", "CAP_NET_RAW", Privileges.Privileged],
            }
        );

        Assert.Equal("open", engine.Place(engine.Lrp("web", constraint: Privileged)).Cell.Value);
        Assert.Equal("closed", engine.Place(engine.Lrp("plain")).Cell.Value);
    }

    [Fact]
    public void Says_which_privileges_no_cell_allows()
    {
        var engine = An.EngineWith(An.EmptyCell("closed"), An.EmptyCell("half") with { Privileges = [Privileges.Privileged] });

        var explanation = engine.Explain(engine.Lrp("web", constraint: Privileged));

        Assert.Equal("found no compatible cell that allows \"privileged\" and \"CAP_NET_RAW\"", explanation.Decision.Error);
        Assert.Contains(
            new RuleVerdict("privileges", 2, 2, "the nearest cell, half in z1, does not allow \"CAP_NET_RAW\""),
            explanation.Rules
        );
    }

    [Fact]
    public void Sees_that_a_cell_changed_what_it_allows()
    {
        var engine = An.EngineWith(An.EmptyCell("cell"));
        Assert.NotNull(engine.Decide(engine.Lrp("web", constraint: Privileged)).Error);

        engine.Apply(An.EmptyCell("cell") with { Incarnation = 2, Privileges = ["CAP_NET_RAW", Privileges.Privileged] });

        Assert.Equal("cell", engine.Decide(engine.Lrp("web", constraint: Privileged)).Cell.Value);
    }
}
