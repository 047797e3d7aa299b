using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Locks;
using Scheduler.Bbs.Storage;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Cells;

public sealed class PresenceTests
{
    private readonly StateBench _bench = new();

    [Fact]
    public void A_cell_appears_once_and_renewals_reach_neither_store_nor_followers()
    {
        _bench.Do(Announce("run-1"));
        Assert.Equal(["CellAppeared"], _bench.EventNames());
        _bench.Do(Announce("run-1"));
        Assert.Null(_bench.Batch);
        Assert.Empty(_bench.Events);
    }

    [Fact]
    public void A_cell_that_says_something_new_appears_anew()
    {
        _bench.Do(Announce("run-1"));
        _bench.Do(new AnnounceCell(new CellRow(A.Cell("cell-1", "z2"), "run-1", 15_000)));
        Assert.Equal("z2", Assert.Single(_bench.Events).CellAppeared.Cell.Zone);
    }

    [Fact]
    public void Another_owner_collides_while_the_first_is_heard()
    {
        _bench.Do(Announce("run-1"));
        Assert.Equal(ErrorKind.LockCollision, _bench.Refusal(Announce("run-2")));
        Assert.Equal(ErrorKind.LockCollision, _bench.Refusal(new WithdrawCell("cell-1", "run-2")));
    }

    [Fact]
    public void A_renewed_presence_does_not_expire_and_a_silent_one_does()
    {
        _bench.Do(Announce("run-1"));
        _bench.Time.Advance(TimeSpan.FromSeconds(10));
        _bench.Do(Announce("run-1"));
        _bench.Time.Advance(TimeSpan.FromSeconds(10));
        _bench.Do(new ExpireCell("cell-1"));
        Assert.Empty(_bench.Events);

        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        _bench.Do(new ExpireCell("cell-1"));
        var gone = Assert.Single(_bench.Events).CellDisappeared;
        Assert.Equal(("cell-1", false), (gone.Cell.CellId, gone.Withdrawn));
        Assert.Empty(_bench.State.Cells);
    }

    [Fact]
    public void A_restarted_rep_that_asks_meanwhile_takes_over_without_the_cell_being_gone()
    {
        _bench.Do(Announce("run-1"));
        for (var second = 1; second <= 15; second++)
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
            if (second < 15)
                _bench.Refusal(Announce("run-2"));
        }
        _bench.Do(new ExpireCell("cell-1"));
        Assert.Equal(["CellAppeared"], _bench.EventNames());
        Assert.Equal("run-2", _bench.State.Cells["cell-1"].Owner);
        _bench.Do(Announce("run-2"));
    }

    [Fact]
    public void Who_asked_long_ago_does_not_take_over()
    {
        _bench.Do(Announce("run-1"));
        _bench.Refusal(Announce("run-2", ttlMs: 5_000));
        _bench.Time.Advance(TimeSpan.FromSeconds(15));
        _bench.Do(new ExpireCell("cell-1"));
        Assert.Equal(["CellDisappeared"], _bench.EventNames());
    }

    [Fact]
    public void A_cell_that_withdraws_is_gone_on_purpose()
    {
        _bench.Do(Announce("run-1"));
        _bench.Do(new WithdrawCell("cell-1", "run-1"));
        Assert.True(Assert.Single(_bench.Events).CellDisappeared.Withdrawn);
        _bench.Do(new WithdrawCell("cell-1", "run-1"));
        Assert.Empty(_bench.Events);
    }

    [Fact]
    public void Time_in_which_nobody_could_be_heard_does_not_count()
    {
        var lease = new LeaseKey(LeaseKind.Cell, "cell-1");
        _bench.Presences.Renew(lease, TimeSpan.FromSeconds(15));
        _bench.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(_bench.Presences.HasRunOut(lease));
        _bench.Presences.Stall(TimeSpan.FromSeconds(10));
        Assert.False(_bench.Presences.HasRunOut(lease));
        Assert.Equal(TimeSpan.FromSeconds(5), _bench.Presences.UntilNext());
    }

    [Fact]
    public void A_lock_has_one_owner_until_it_is_released_or_runs_out()
    {
        var mine = new LockRow("converger", "run-1", "http://a", 15_000);
        _bench.Do(new AcquireLock(mine));
        _bench.Do(new AcquireLock(mine));
        Assert.Null(_bench.Batch);
        Assert.Equal(ErrorKind.LockCollision, _bench.Refusal(new AcquireLock(mine with { Owner = "run-2" })));
        Assert.Equal(ErrorKind.LockCollision, _bench.Refusal(new ReleaseLock("converger", "run-2")));
        _bench.Do(new ReleaseLock("converger", "run-1"));
        _bench.Do(new AcquireLock(mine with { Owner = "run-2" }));

        _bench.Time.Advance(TimeSpan.FromSeconds(14));
        _bench.Do(new ExpireLock("converger"));
        Assert.Single(_bench.State.Locks);
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        _bench.Do(new ExpireLock("converger"));
        Assert.Empty(_bench.State.Locks);
        _bench.Do(new ReleaseLock("converger", "run-2"));
    }

    [Fact]
    public void A_collision_names_the_holder()
    {
        _bench.Do(new AcquireLock(new LockRow("converger", "run-1", "", 15_000)));
        Assert.Contains(
            "run-1",
            _bench.Try(new AcquireLock(new LockRow("converger", "run-2", "", 15_000))).Error!.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_domain_is_fresh_until_its_time_and_for_ever_with_0()
    {
        _bench.Do(new UpsertDomain("apps", 60));
        _bench.Do(new UpsertDomain("jobs", 0));
        _bench.Time.Advance(TimeSpan.FromSeconds(59));
        _bench.Do(new ExpireDomains());
        Assert.Empty(_bench.Events);
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        _bench.Do(new ExpireDomains());
        Assert.Equal("apps", Assert.Single(_bench.Events).DomainExpired.Domain);
        Assert.Equal(["jobs"], _bench.State.Domains.Keys);
    }

    private static AnnounceCell Announce(string owner, uint ttlMs = 15_000) => new(new CellRow(A.Cell("cell-1"), owner, ttlMs));
}
