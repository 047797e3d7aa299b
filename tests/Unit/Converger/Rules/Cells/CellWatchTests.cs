using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Converger.Rules.Cells;

public sealed class CellWatchTests
{
    private readonly CellWatch _watch = new(CellLossPolicy.Default);
    private readonly Dictionary<CellId, CellLossDecision> _verdicts = [];
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
    public void Paces_a_loss_of_many_from_its_beginning_though_presences_expire_one_by_one()
    {
        Fleet(1000);
        var lost = 0;
        for (var i = 0; i < 300; i++)
        {
            // They were last heard from at random moments of the last renewal interval: all have expired after 5 s.
            Gone($"cell-{i}");
            lost += Lost().Count;
            _now += TimeSpan.FromSeconds(5.0 / 300);
        }
        Assert.True(_watch.Paced);
        // Few enough not to count as many, then one a second once they do.
        Assert.InRange(lost, 9, 9 + 3);
    }

    [Fact]
    public void Waits_to_see_whether_some_become_many_and_then_gives_them_up_together()
    {
        Fleet(1000);
        Gone([.. Enumerable.Range(0, 40).Select(i => $"cell-{i}")]);
        Assert.Empty(Lost());
        _now += TimeSpan.FromSeconds(2);
        Gone("cell-40");
        _now += TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1);
        Assert.Empty(Lost());
        _now += TimeSpan.FromTicks(1);
        Assert.Equal(41, Lost().Count);
        Assert.False(_watch.Paced);
        // Losses of long ago cause no wait.
        _now += TimeSpan.FromMinutes(1);
        Gone("cell-41");
        Assert.Equal(["cell-41"], Lost());
    }

    [Fact]
    public void Gives_up_nine_at_once()
    {
        Fleet(100);
        Gone([.. Enumerable.Range(0, 9).Select(i => $"cell-{i}")]);
        Assert.Equal(9, Lost().Count);
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
        Assert.Null(_watch.Decide(_now, _verdicts, []));
        Gone("cell-0", "cell-1", "cell-2");
        Assert.Equal(_now + TimeSpan.FromSeconds(1), _watch.Decide(_now, _verdicts, []));
    }

    [Fact]
    public void After_the_grace_too_many_that_are_missing_are_paced()
    {
        _watch.Reset(_now);
        for (var i = 0; i < 10; i++)
        {
            if (i < 5)
                _watch.Appeared(new CellId($"cell-{i}"));
            else
                _watch.Named(new CellId($"cell-{i}"), _now);
        }
        Assert.Empty(Lost());
        Assert.Equal((LossMode.Held, _now + TimeSpan.FromSeconds(20)), (_watch.Mode, _watch.HeldUntil));
        _now += TimeSpan.FromSeconds(20);
        for (var i = 5; i < 10; i++)
        {
            Assert.Equal([$"cell-{i}"], Lost());
            Assert.Equal(i < 9 ? LossMode.Paced : LossMode.AtOnce, _watch.Mode);
            Assert.Empty(Lost());
            _now += TimeSpan.FromSeconds(1);
        }
    }

    [Fact]
    public void Gives_up_at_once_what_an_operator_confirms_and_keeps_the_pace_for_the_rest()
    {
        Fleet(10);
        Gone("cell-0", "cell-1", "cell-2", "cell-3");
        Assert.Equal(["cell-0"], Lost());
        Confirm("cell-3");
        Assert.Equal(["cell-3"], Lost());
        Assert.Empty(Lost());
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(["cell-1"], Lost());
        Confirm("cell-2");
        Assert.Equal(["cell-2"], Lost());
        Assert.Equal(LossMode.AtOnce, _watch.Mode);
    }

    [Fact]
    public void A_confirmed_loss_waits_for_neither_grace_nor_hold()
    {
        _watch.Reset(_now);
        _watch.Named(new CellId("dead"), _now);
        _watch.Named(new CellId("other"), _now);
        Confirm("dead");
        Assert.Equal(["dead"], Lost());
        Assert.Equal((LossMode.Held, 1), (_watch.Mode, _watch.Unheard));
    }

    [Fact]
    public void Leaves_alone_what_an_operator_keeps_until_that_ends()
    {
        Fleet(10);
        Gone("cell-0");
        Keep("cell-0", TimeSpan.FromHours(1));
        Assert.Equal(_now + TimeSpan.FromHours(1), _watch.Decide(_now, _verdicts, []));
        Assert.Equal((1, 1, LossMode.AtOnce), (_watch.Unheard, _watch.Kept, _watch.Mode));
        _now += TimeSpan.FromHours(1) - TimeSpan.FromTicks(1);
        Assert.Empty(Lost());
        _now += TimeSpan.FromTicks(1);
        Assert.Equal(["cell-0"], Lost());
        Assert.Equal((0, 0), (_watch.Unheard, _watch.Kept));
    }

    [Fact]
    public void Many_that_were_kept_are_paced_when_that_ends()
    {
        Fleet(10);
        Gone("cell-0", "cell-1", "cell-2");
        for (var i = 0; i < 3; i++)
            Keep($"cell-{i}", TimeSpan.FromHours(1));
        Assert.Empty(Lost());
        Assert.Equal(LossMode.AtOnce, _watch.Mode);
        _now += TimeSpan.FromHours(1);
        Assert.Equal(["cell-0"], Lost());
        Assert.Equal(LossMode.Paced, _watch.Mode);
    }

    [Fact]
    public void Kept_cells_still_count_as_gone_when_others_follow()
    {
        Fleet(10);
        Gone("cell-0", "cell-1");
        Keep("cell-0", TimeSpan.FromHours(1));
        Keep("cell-1", TimeSpan.FromHours(1));
        Lost();
        _now += TimeSpan.FromMinutes(10);
        Gone("cell-2", "cell-3");
        Assert.Equal(["cell-2"], Lost());
        Assert.Equal(LossMode.Paced, _watch.Mode);
    }

    [Fact]
    public void A_cell_that_is_kept_for_long_does_not_hurry_the_others()
    {
        Fleet(1000);
        Gone("cell-0");
        Keep("cell-0", TimeSpan.FromHours(4));
        Lost();
        _now += TimeSpan.FromHours(1);
        Gone([.. Enumerable.Range(1, 40).Select(i => $"cell-{i}")]);
        Assert.Empty(Lost());
        _now += TimeSpan.FromSeconds(4);
        Gone([.. Enumerable.Range(41, 259).Select(i => $"cell-{i}")]);
        Assert.Single(Lost());
        Assert.Equal(LossMode.Paced, _watch.Mode);
    }

    [Fact]
    public void A_cell_that_was_lost_before_the_snapshot_is_not_waited_for_again()
    {
        _watch.Reset(_now);
        _watch.Named(new CellId("dead"), _now);
        _watch.Appeared(new CellId("back"));
        Assert.True(_watch.WasLost(new CellId("dead")));
        Assert.False(_watch.WasLost(new CellId("dead")));
        Assert.False(_watch.WasLost(new CellId("back")));
        Assert.Equal((CellStanding.Lost, 0), (_watch.Standings[new CellId("dead")], _watch.Unheard));
        Assert.Empty(Lost());
    }

    [Fact]
    public void The_later_word_counts()
    {
        Fleet(10);
        Gone("cell-0");
        Keep("cell-0", TimeSpan.FromHours(1));
        Assert.Empty(Lost());
        Confirm("cell-0");
        Assert.Equal(["cell-0"], Lost());
    }

    [Fact]
    public void A_cell_given_up_before_the_word_to_keep_it_was_heard_is_undecided_again()
    {
        Fleet(10);
        Gone("cell-0");
        Lost();
        Keep("cell-0", TimeSpan.FromHours(1));
        Assert.True(_watch.Restore(new CellId("cell-0"), _now));
        Assert.False(_watch.Restore(new CellId("cell-1"), _now));
        Assert.Empty(Lost());
        Assert.Equal(CellStanding.Unheard, _watch.Standings[new CellId("cell-0")]);
    }

    /// <summary>The rules of pacing hold whatever happens in whatever order.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Never_gives_up_in_bulk_what_nobody_confirmed(int seed)
    {
        const int Cells = 20;
        var random = new Random(seed);
        var present = Enumerable.Range(0, Cells).Select(i => $"cell-{i}").ToHashSet();
        Fleet(Cells);
        // Paced losses, at most one per second.
        DateTimeOffset? lastPaced = null;
        for (var step = 0; step < 300; step++)
        {
            for (var changes = random.Next(4) == 0 ? random.Next(Cells) : random.Next(2); changes > 0; changes--)
                Change(random, $"cell-{random.Next(Cells)}", present);
            _now += TimeSpan.FromMilliseconds(random.Next(3) == 0 ? random.Next(90_000) : random.Next(700));

            var unheard = _watch.Standings.Where(cell => cell.Value == CellStanding.Unheard).Select(cell => cell.Key).ToList();
            var lost = new List<CellId>();
            var again = _watch.Decide(_now, _verdicts, lost);
            var where = $"seed {seed}, step {step}";
            var confirmed = unheard.Where(cell => Word(cell).Lose).ToList();
            var unconfirmed = lost.Except(confirmed).ToList();
            Assert.True(confirmed.All(lost.Contains), $"{where}: a confirmed loss waits");
            Assert.DoesNotContain(lost, cell => Word(cell).KeepsAt(_now));
            Assert.All(lost, cell => Assert.DoesNotContain(cell.Value, present));
            if (unconfirmed.Count > CellLossPolicy.Default.PacedAboveShare * Cells)
                Assert.Fail($"{where}: {unconfirmed.Count} given up at once");
            if (_watch.Mode == LossMode.Held)
                Assert.Empty(unconfirmed);
            if (_watch.Mode == LossMode.Paced)
            {
                Assert.True(unconfirmed.Count <= 1, $"{where}: {unconfirmed.Count} in one moment of a paced loss");
                if (unconfirmed.Count == 1)
                {
                    Assert.False(_now - lastPaced < TimeSpan.FromSeconds(1), $"{where}: faster than the pace");
                    lastPaced = _now;
                }
            }
            else
            {
                lastPaced = null;
            }
            Assert.Equal(unheard.Count - lost.Count, _watch.Unheard);
            Assert.False(again <= _now, $"{where}: what was due is left");
            Assert.True(again is not null || _watch.Unheard == 0, $"{where}: an absent cell is forgotten");
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, TestScale.Cases(100, nightly: 1_000))];

    private void Change(Random random, string name, HashSet<string> present)
    {
        var cell = new CellId(name);
        switch (random.Next(6))
        {
            case 0 or 1:
                _watch.Appeared(cell);
                _verdicts.Remove(cell);
                present.Add(name);
                break;
            case 2 or 3 or 4:
                if (present.Remove(name))
                    _watch.Disappeared(cell, withdrawn: random.Next(8) == 0, _now);
                break;
            default:
                if (!present.Contains(name))
                    _verdicts[cell] =
                        random.Next(3) == 0
                            ? new CellLossDecision(true, DateTimeOffset.MinValue)
                            : new CellLossDecision(false, _now + TimeSpan.FromSeconds(random.Next(300)));
                break;
        }
    }

    private CellLossDecision Word(CellId cell) => _verdicts.GetValueOrDefault(cell, CellLossDecision.None);

    private void Confirm(string cell) => _verdicts[new CellId(cell)] = new CellLossDecision(true, DateTimeOffset.MinValue);

    private void Keep(string cell, TimeSpan time) => _verdicts[new CellId(cell)] = new CellLossDecision(false, _now + time);

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
        _watch.Decide(_now, _verdicts, lost);
        return [.. lost.Select(cell => cell.Value)];
    }
}
