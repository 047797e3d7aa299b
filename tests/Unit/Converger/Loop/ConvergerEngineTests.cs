using Scheduler.Converger.Loop;
using Scheduler.Converger.Model;
using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Loop;

public sealed class ConvergerEngineTests
{
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(45);

    private readonly ConvergerEngine _engine = new(Convergence.Default, ConvergenceTimings.Default, CellLossPolicy.Default, Repeat);
    private DateTimeOffset _now = Cluster.Start;

    public ConvergerEngineTests() => _engine.Reset(_now);

    [Fact]
    public void Does_nothing_while_nothing_changes()
    {
        _engine.Model.CellAppeared(new CellId("a"));
        _engine.Model.Desire(View.Desired("web", 1));
        _engine.Model.Put(Healthy("web", 0, "a"), _now);
        Assert.Empty(Step());
        _now += TimeSpan.FromDays(1);
        Assert.Empty(Step());
        Assert.Null(_engine.NextDue);
    }

    [Fact]
    public void Sends_a_command_once_while_its_effect_is_on_its_way()
    {
        _engine.Model.Desire(View.Desired("web", 1));
        Assert.Single(Step());
        _engine.Model.Desire(View.Desired("web", 2));
        Assert.Equal(1, Assert.IsType<ConvergenceCommand.Create>(Assert.Single(Step())).Key.Index);
    }

    [Fact]
    public void Sends_it_again_when_no_effect_shows()
    {
        _engine.Model.Desire(View.Desired("web", 1));
        Step();
        Assert.Equal(_now + Repeat, _engine.NextDue);
        _now += Repeat;
        Assert.Single(Step());
    }

    [Fact]
    public void Fills_a_slot_again_at_once_when_the_row_that_filled_it_is_gone()
    {
        _engine.Model.Desire(View.Desired("web", 1));
        Assert.IsType<ConvergenceCommand.Create>(Assert.Single(Step()));
        // Both within one step: the engine never sees the state in between.
        var row = View.Unclaimed("web", 0);
        _engine.Model.Put(row, _now);
        _engine.Model.Remove(row.Key, row.Presence, row.Tag, _now);
        Assert.IsType<ConvergenceCommand.Create>(Assert.Single(Step()));
    }

    [Fact]
    public void Sends_it_again_when_the_row_has_changed()
    {
        _engine.Model.Desire(View.Desired("web", 1));
        _engine.Model.Put(View.Unclaimed("web", 0), _now);
        _now += TimeSpan.FromSeconds(30);
        Assert.Single(Step());
        _engine.Model.Put(View.Unclaimed("web", 0) with { Tag = new ModificationTag("epoch-web-0", 1), Since = _now }, _now);
        Assert.Empty(Step());
        _now += TimeSpan.FromSeconds(30);
        Assert.Single(Step());
    }

    [Fact]
    public void A_demoted_task_does_not_get_its_callback_twice()
    {
        var task = View.Task("job", OneOffTaskState.Resolving);
        _engine.Model.Put(task, _now);
        _now += TimeSpan.FromSeconds(30);
        Assert.IsType<ConvergenceCommand.DemoteTask>(Assert.Single(Step()));
        _engine.Model.Put(task with { State = OneOffTaskState.Completed }, _now);
        Assert.Empty(Step());
    }

    [Fact]
    public void Wakes_for_each_at_its_own_time()
    {
        _engine.Model.Desire(View.Desired("web", 1));
        _engine.Model.Put(View.Crashed("web", 0, 4), _now);
        _engine.Model.Put(View.Task("job", OneOffTaskState.Completed), _now);
        Assert.Empty(Step());
        Assert.Equal(_now + TimeSpan.FromSeconds(30), _engine.NextDue);
        _now += TimeSpan.FromSeconds(30);
        Assert.IsType<ConvergenceCommand.ResubmitCallback>(Assert.Single(Step()));
        _now += TimeSpan.FromSeconds(30);
        Assert.IsType<ConvergenceCommand.Unclaim>(Assert.Single(Step()));
    }

    [Fact]
    public void Acts_on_a_lost_cell_at_once_and_on_its_rows_only()
    {
        Fleet(10);
        _engine.Model.Desire(View.Desired("web", 2));
        _engine.Model.Put(Healthy("web", 0, "cell-0"), _now);
        _engine.Model.Put(Healthy("web", 1, "cell-1"), _now);
        Step();
        _engine.Model.CellDisappeared(new CellId("cell-0"), withdrawn: false, _now);
        Assert.Equal(0, Assert.IsType<ConvergenceCommand.Suspect>(Assert.Single(Step())).Key.Index);
    }

    [Fact]
    public void Acts_at_once_on_the_second_loss_of_a_cell_that_was_back_for_a_moment()
    {
        var row = Healthy("web", 0, "cell-0");
        Fleet(10);
        _engine.Model.Desire(View.Desired("web", 1));
        _engine.Model.Put(row, _now);
        _engine.Model.CellDisappeared(new CellId("cell-0"), withdrawn: false, _now);
        Assert.IsType<ConvergenceCommand.Suspect>(Assert.Single(Step()));
        // It was suspect for a moment, with the same version.
        _engine.Model.Put(row.Suspect(), _now);
        _engine.Model.Put(View.Unclaimed("web", 0) with { Tag = new ModificationTag("replacement", 0) }, _now);
        _engine.Model.CellAppeared(new CellId("cell-0"));
        Assert.IsType<ConvergenceCommand.PromoteSuspect>(Assert.Single(Step()));
        _engine.Model.Put(row, _now);
        _engine.Model.Remove(row.Key, LrpPresence.Suspect, row.Tag, _now);
        Assert.Empty(Step());
        for (var loss = 0; loss < 2; loss++)
        {
            _now += TimeSpan.FromSeconds(15);
            _engine.Model.CellDisappeared(new CellId("cell-0"), withdrawn: false, _now);
            // Refused the first time, because the cell was back.
            Assert.IsType<ConvergenceCommand.Suspect>(Assert.Single(Step()));
            _engine.Model.CellAppeared(new CellId("cell-0"));
            Assert.Empty(Step());
        }
    }

    [Fact]
    public void Fails_a_task_at_once_when_its_cell_is_lost_again()
    {
        Fleet(10);
        _engine.Model.Put(View.Task("job", OneOffTaskState.Running) with { CellId = new CellId("cell-0") }, _now);
        for (var loss = 0; loss < 2; loss++)
        {
            _engine.Model.CellDisappeared(new CellId("cell-0"), withdrawn: false, _now);
            Assert.IsType<ConvergenceCommand.FailTask>(Assert.Single(Step()));
            _engine.Model.CellAppeared(new CellId("cell-0"));
            Assert.Empty(Step());
            _now += TimeSpan.FromSeconds(15);
        }
    }

    [Fact]
    public void A_snapshot_that_tells_of_a_lost_cell_starts_no_new_wait()
    {
        _engine.Model.CellAbsent(new CellId("cell-0"), CellLossDecision.None, lost: true, _now);
        _engine.Model.CellAbsent(new CellId("cell-1"), CellLossDecision.None, lost: false, _now);
        _engine.Model.CellAppeared(new CellId("cell-2"));
        _engine.Model.Desire(View.Desired("web", 2));
        _engine.Model.Put(Healthy("web", 0, "cell-0"), _now);
        _engine.Model.Put(Healthy("web", 1, "cell-1"), _now);
        _engine.Model.SnapshotComplete();
        Assert.Equal(0, Assert.IsType<ConvergenceCommand.Suspect>(Assert.Single(Step())).Key.Index);
    }

    [Fact]
    public void A_cell_that_withdrew_empty_is_forgotten()
    {
        Fleet(3);
        _engine.Model.CellDisappeared(new CellId("cell-0"), withdrawn: true, _now);
        Assert.Equal(2, _engine.Model.Cells.Standings.Count);
    }

    [Fact]
    public void Paces_the_replacement_when_many_cells_go()
    {
        Fleet(10);
        _engine.Model.Desire(View.Desired("web", 10));
        for (var i = 0; i < 10; i++)
            _engine.Model.Put(Healthy("web", i, $"cell-{i}"), _now);
        Step();
        for (var i = 0; i < 5; i++)
            _engine.Model.CellDisappeared(new CellId($"cell-{i}"), withdrawn: false, _now);
        var suspects = 0;
        for (var second = 0; second < 5; second++)
        {
            Assert.Single(Step().OfType<ConvergenceCommand.Suspect>());
            suspects++;
            Assert.Equal(suspects < 5, _engine.Model.Cells.Paced);
            _now += TimeSpan.FromSeconds(1);
        }
    }

    [Fact]
    public void A_lost_cell_is_not_lost_anew_when_its_last_instance_becomes_suspect()
    {
        Fleet(10);
        var lost = new List<CellId>();
        _engine.CellGivenUp = lost.Add;
        _engine.Model.Desire(View.Desired("web", 1));
        var reader = new EventReader(_engine.Model, wrong => Assert.Fail($"{wrong}"));
        reader.Apply(Told.Created(Told.Running("web", 0, "cell-0", _now)), _now);
        _engine.Model.CellDisappeared(new CellId("cell-0"), withdrawn: false, _now);
        Step();
        reader.Apply(Told.Suspected("web", 0, "cell-0", _now), _now);
        Assert.Equal(CellStanding.Lost, _engine.Model.Cells.Standings[new CellId("cell-0")]);
        _now += TimeSpan.FromMinutes(1);
        Step();
        Assert.Equal([new CellId("cell-0")], lost);
    }

    [Fact]
    public void Looks_at_waiting_instances_when_their_domain_becomes_fresh()
    {
        _engine.Model.CellAppeared(new CellId("a"));
        _engine.Model.Put(Healthy("gone", 0, "a"), _now);
        Assert.Empty(Step());
        _engine.Model.DomainFresh(View.Domain, _now + TimeSpan.FromMinutes(2), _now);
        Assert.IsType<ConvergenceCommand.Retire>(Assert.Single(Step()));
        // Refreshing a fresh domain makes nothing dirty.
        _engine.Model.DomainFresh(View.Domain, _now + TimeSpan.FromMinutes(3), _now);
        Assert.False(_engine.HasDirty);
    }

    [Fact]
    public void Lets_the_outbox_grow_to_its_limit_only()
    {
        _engine.Model.Desire(View.Desired("web", 1000));
        var outbox = new List<ConvergenceCommand>();
        _engine.Step(_now, 100, outbox);
        Assert.Equal(100, outbox.Count);
        _engine.Step(_now, 100, outbox);
        Assert.Equal(100, outbox.Count);
        outbox.Clear();
        _engine.Step(_now, 1000, outbox);
        Assert.Equal(900, outbox.Count);
    }

    [Fact]
    public void Decides_again_what_was_not_delivered()
    {
        _engine.Model.Desire(View.Desired("web", 1));
        var command = Assert.Single(Step());
        _engine.NotDelivered(command, _now + TimeSpan.FromSeconds(1));
        Assert.Empty(Step());
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(command, Assert.Single(Step()));
    }

    [Fact]
    public void An_audit_finds_and_counts_what_was_missed()
    {
        _engine.Model.Desire(View.Desired("web", 3));
        _engine.Model.DirtySlots.Clear();
        Assert.Empty(Step());
        var outbox = new List<ConvergenceCommand>();
        Assert.Equal(3, _engine.Audit(_now, outbox));
        Assert.Equal(3, outbox.Count);
        Assert.Equal(0, _engine.Audit(_now, outbox));
    }

    [Fact]
    public void The_row_that_took_a_place_stays_when_the_one_before_is_told_gone_late()
    {
        var replacement = View.Unclaimed("web", 0) with { Tag = new ModificationTag("of-replacement", 0) };
        var promoted = Healthy("web", 0, "a") with { Tag = new ModificationTag("of-suspect", 4) };
        _engine.Model.Put(replacement, _now);
        _engine.Model.Put(promoted, _now);
        _engine.Model.Remove(new LrpKey("web", 0), LrpPresence.Ordinary, replacement.Tag, _now);
        Assert.Equal(promoted, _engine.Model.Slot(new LrpKey("web", 0)).Ordinary);
    }

    [Fact]
    public void A_slot_that_an_instance_gave_up_stays_when_the_instance_is_told_gone_late()
    {
        var gone = Healthy("web", 0, "a") with { Tag = new ModificationTag("same", 3) };
        var open = View.Unclaimed("web", 0) with { Tag = new ModificationTag("same", 4) };
        _engine.Model.Put(gone, _now);
        _engine.Model.Put(open, _now);
        _engine.Model.Remove(gone.Key, LrpPresence.Ordinary, gone.Tag, _now);
        Assert.Equal(open, _engine.Model.Slot(gone.Key).Ordinary);
    }

    private void Fleet(int cells)
    {
        for (var i = 0; i < cells; i++)
            _engine.Model.CellAppeared(new CellId($"cell-{i}"));
        _now += TimeSpan.FromHours(1);
    }

    private static ActualView Healthy(string guid, int index, string cell) => View.Running(guid, index, cell);

    private List<ConvergenceCommand> Step()
    {
        var outbox = new List<ConvergenceCommand>();
        _engine.Step(_now, 1000, outbox);
        return outbox;
    }
}
