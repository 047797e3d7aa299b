using Scheduler.Converger.Rules;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Rules;

public sealed class CellWatchTests
{
    private readonly CellWatch _watch = new(CellLossPolicy.Default);
    private DateTimeOffset _now = Cluster.Start;

    [Fact]
    public void Gives_up_a_single_cell_at_once()
    {
        Fleet(10);
        Gone("cell-3");
        Assert.Equal(["cell-3"], Lost());
        Assert.False(_watch.Paced);
    }

    [Fact]
    public void Gives_up_the_only_dead_cell_of_three_at_once()
    {
        Fleet(3);
        Gone("cell-0");
        Assert.Equal(["cell-0"], Lost());
    }

    [Fact]
    public void Gives_up_as_many_as_the_share_allows_at_once()
    {
        Fleet(10);
        Gone("cell-0", "cell-1");
        Assert.Equal(2, Lost().Count);
        Assert.False(_watch.Paced);
    }

    [Fact]
    public void Paces_the_loss_of_many_at_once()
    {
        Fleet(10);
        Gone("cell-0", "cell-1", "cell-2");
        Assert.Equal(["cell-0"], Lost());
        Assert.True(_watch.Paced);
        Assert.Empty(Lost());
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(["cell-1"], Lost());
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(["cell-2"], Lost());
        Assert.False(_watch.Paced);
    }

    [Fact]
    public void Keeps_the_pace_to_the_end_of_an_outage()
    {
        Fleet(100);
        Gone([.. Enumerable.Range(0, 99).Select(i => $"cell-{i}")]);
        for (var lost = 1; lost <= 99; lost++)
        {
            Assert.Single(Lost());
            _now += TimeSpan.FromSeconds(1);
        }
        Assert.Equal(0, _watch.Unheard);
    }

    [Fact]
    public void Cells_that_go_one_after_the_other_within_the_window_are_many_at_once()
    {
        Fleet(10);
        Gone("cell-0", "cell-1");
        Assert.Equal(2, Lost().Count);
        _now += TimeSpan.FromSeconds(59);
        Gone("cell-2", "cell-3");
        Assert.Single(Lost());
        Assert.True(_watch.Paced);
    }

    [Fact]
    public void Cells_that_go_far_apart_are_not()
    {
        Fleet(10);
        Gone("cell-0", "cell-1");
        Lost();
        _now += TimeSpan.FromSeconds(61);
        Gone("cell-2");
        Assert.Single(Lost());
        Assert.False(_watch.Paced);
    }

    [Fact]
    public void A_cell_that_returns_in_time_is_never_lost()
    {
        Fleet(10);
        Gone("cell-0", "cell-1", "cell-2");
        Lost();
        _watch.Appeared(new CellId("cell-2"));
        _watch.Appeared(new CellId("cell-1"));
        _now += TimeSpan.FromMinutes(1);
        Assert.Empty(Lost());
        Assert.False(_watch.Paced);
    }

    [Fact]
    public void A_cell_that_withdrew_is_lost_at_once_and_counts_for_nothing()
    {
        Fleet(10);
        for (var i = 0; i < 9; i++)
            _watch.Disappeared(new CellId($"cell-{i}"), withdrawn: true, _now);
        Assert.Equal(CellStanding.Lost, _watch.Standings[new CellId("cell-0")]);
        Gone("cell-9");
        _watch.Appeared(new CellId("cell-10"));
        Assert.Equal(["cell-9"], Lost());
    }

    [Fact]
    public void After_a_new_snapshot_cells_have_time_to_announce_themselves()
    {
        _watch.Reset(_now);
        _watch.Appeared(new CellId("here"));
        _watch.Named(new CellId("late"), _now);
        _watch.Named(new CellId("dead"), _now);
        _now += TimeSpan.FromSeconds(19);
        Assert.Empty(Lost());
        _watch.Appeared(new CellId("late"));
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(["dead"], Lost());
    }

    [Fact]
    public void With_no_cell_present_nothing_is_given_up_for_a_while()
    {
        Fleet(3);
        Gone("cell-0", "cell-1", "cell-2");
        Assert.Empty(Lost());
        _now += TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1);
        Assert.Empty(Lost());
        _now += TimeSpan.FromTicks(1);
        Assert.Single(Lost());
        Assert.True(_watch.Paced);
    }

    [Fact]
    public void Says_when_to_ask_again()
    {
        Fleet(10);
        Assert.Null(_watch.Decide(_now, []));
        Gone("cell-0", "cell-1", "cell-2");
        Assert.Equal(_now + TimeSpan.FromSeconds(1), _watch.Decide(_now, []));
    }

    private void Fleet(int cells)
    {
        _watch.Reset(_now);
        for (var i = 0; i < cells; i++)
            _watch.Appeared(new CellId($"cell-{i}"));
        _now += TimeSpan.FromHours(1);
    }

    private void Gone(params string[] cells)
    {
        foreach (var cell in cells)
            _watch.Disappeared(new CellId(cell), withdrawn: false, _now);
    }

    private List<string> Lost()
    {
        var lost = new List<CellId>();
        _watch.Decide(_now, lost);
        return [.. lost.Select(cell => cell.Value)];
    }
}
