using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Engine;

public sealed class ReportsTests
{
    private static readonly CellId Cell = new("a");

    public static TheoryData<string, CellReport> BrokenReports =>
        new()
        {
            { "available.memory_mb", An.EmptyCell("a") with { Available = new Resources(1001, 10_000, 10) } },
            { "available.disk_mb", An.EmptyCell("a") with { Available = new Resources(1000, 10_001, 10) } },
            { "available.containers", An.EmptyCell("a") with { Available = new Resources(1000, 10_000, -1) } },
            {
                "total.containers",
                An.EmptyCell("a") with
                {
                    Total = new Resources(1000, 10_000, 0),
                    Available = new Resources(1000, 10_000, 0),
                }
            },
            { "starting_container_count", An.EmptyCell("a") with { StartingContainerCount = -1 } },
            { "proxy_memory_mb", An.EmptyCell("a") with { ProxyMemoryMb = -1 } },
            { "tasks", An.EmptyCell("a") with { Tasks = -1 } },
            { "cell_id", An.EmptyCell("") },
            { "processes", An.EmptyCell("a") with { Processes = [new ProcessCount("web", 1), new ProcessCount("web", 2)] } },
            { "processes.count", An.EmptyCell("a") with { Processes = [new ProcessCount("web", 0)] } },
            {
                "rootfs_providers",
                An.EmptyCell("a") with
                {
                    RootFsProviders = [new RootFsProvider("docker", null), new RootFsProvider("docker", ["x"])],
                }
            },
        };

    [Theory]
    [MemberData(nameof(BrokenReports))]
    public void Refuses_a_report_that_breaks_a_rule_and_changes_nothing(string field, CellReport broken)
    {
        var engine = An.EngineWith(An.EmptyCell("a"));
        var before = engine.Cells();

        var error = engine.Apply(broken with { Revision = 1 });

        Assert.Equal(ErrorKind.InvalidRequest, error?.Kind);
        Assert.Equal(field, Assert.Single(error!.Violations).Field);
        Assert.Equal(before, engine.Cells());
        Assert.Equal(1, engine.Counters.ReportsInvalid);
    }

    [Fact]
    public void Refuses_a_report_older_than_the_last()
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { Revision = 5, Incarnation = 2 });

        Assert.Equal(ErrorKind.StaleVersion, engine.Apply(An.EmptyCell("a") with { Revision = 4, Incarnation = 2 })?.Kind);
        Assert.Equal(ErrorKind.StaleVersion, engine.Apply(An.EmptyCell("a") with { Revision = 9, Incarnation = 1 })?.Kind);
        Assert.Null(engine.Apply(An.EmptyCell("a") with { Revision = 5, Incarnation = 2 }));
        Assert.Null(engine.Apply(An.EmptyCell("a") with { Revision = 0, Incarnation = 3 }));
        Assert.Equal(2, engine.Counters.ReportsOutOfOrder);
    }

    [Fact]
    public void Asks_for_a_full_report_when_a_change_builds_on_one_it_never_saw()
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { Revision = 5 });

        Assert.Equal(ErrorKind.RevisionGone, engine.Apply(Change(previous: 6, revision: 7))?.Kind);
        Assert.Null(engine.Apply(Change(previous: 5, revision: 7)));
        Assert.Equal(ErrorKind.ResourceNotFound, engine.Apply(Change(previous: 7, revision: 8) with { Cell = new CellId("b") })?.Kind);
        Assert.Equal(1, engine.Counters.ReportsWithGap);
    }

    [Fact]
    public void Hands_back_the_reservations_of_a_removed_cell_and_forgets_all_of_it()
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { Processes = [new ProcessCount("other", 2)] });
        var held = engine.Place(engine.Lrp("web")).Reservation;
        var dropped = new List<ReservationId>();

        Assert.True(engine.Remove(Cell, dropped));

        Assert.Equal([held], dropped);
        Assert.False(engine.Remove(Cell));
        Assert.Equal((0, 0, 0L, 0), (engine.CellCount, engine.ReservationCount, engine.StartingContainers, engine.ProcessCount));
        Assert.Equal(SettleOutcome.Unknown, engine.Confirm(held, 0, 1));
    }

    [Fact]
    public void Follows_a_cell_that_comes_back_in_another_zone()
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { Processes = [new ProcessCount("web", 2)] });

        engine.Apply(An.EmptyCell("a", "z2") with { Revision = 1, Processes = [new ProcessCount("web", 2)] });

        Assert.Equal((0, 2), (engine.InstancesIn("z1", "web"), engine.InstancesIn("z2", "web")));
    }

    private static CellChange Change(long previous, long revision) =>
        new()
        {
            Cell = Cell,
            PreviousRevision = previous,
            Revision = revision,
            Available = new Resources(900, 9_000, 9),
        };
}
