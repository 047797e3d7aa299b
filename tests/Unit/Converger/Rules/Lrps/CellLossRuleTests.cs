using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Rules.Lrps;

public sealed class CellLossRuleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leaves_an_instance_whose_cell_is_not_given_up(bool present) =>
        new Cluster()
            .Cell("a", present ? CellStanding.Present : CellStanding.Unheard)
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a"))
            .DecidesNothing();

    [Fact]
    public void Leaves_an_instance_whose_cell_nobody_ever_named() =>
        new Cluster().Desire(View.Desired("web", 1)).With(View.Running("web", 0, "ghost")).DecidesNothing();

    [Fact]
    public void Makes_instances_on_a_lost_cell_suspect() =>
        Assert.All(
            new Cluster()
                .Cell("a", CellStanding.Lost)
                .Desire(View.Desired("web", 2))
                .With(View.Running("web", 0, "a"), View.Claimed("web", 1, "a"))
                .Decide(),
            command => Assert.IsType<ConvergenceCommand.Suspect>(command)
        );

    [Fact]
    public void Unclaims_when_the_slot_has_a_suspect_already() =>
        new Cluster()
            .Cell("a", CellStanding.Lost)
            .Cell("b", CellStanding.Lost)
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Suspect(), View.Running("web", 0, "b"))
            .DecidesOnly<ConvergenceCommand.Unclaim>();

    [Fact]
    public void Promotes_a_suspect_whose_cell_is_back()
    {
        var cluster = new Cluster()
            .Cell("a")
            .Cell("b")
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Suspect(), View.Unclaimed("web", 0))
            .After(TimeSpan.FromMinutes(5));
        cluster.DecidesOnly<ConvergenceCommand.PromoteSuspect>();
        cluster.With(View.Claimed("web", 0, "b")).DecidesOnly<ConvergenceCommand.PromoteSuspect>();
    }

    [Fact]
    public void Removes_a_suspect_whose_replacement_runs() =>
        new Cluster()
            .Cell("a")
            .Cell("b")
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Suspect(), View.Running("web", 0, "b"))
            .DecidesOnly<ConvergenceCommand.RemoveSuspect>();

    [Fact]
    public void Keeps_both_while_the_replacement_is_only_not_heard_of() =>
        new Cluster()
            .Cell("a")
            .Cell("b", CellStanding.Unheard)
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Suspect(), View.Running("web", 0, "b"))
            .DecidesNothing();

    [Fact]
    public void Takes_the_row_back_before_it_promotes_the_suspect_of_a_replacement_that_is_lost_in_turn()
    {
        var cluster = new Cluster()
            .Cell("a")
            .Cell("b", CellStanding.Lost)
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Suspect(), View.Running("web", 0, "b"));
        ModelBbs.Apply(cluster, [cluster.DecidesOnly<ConvergenceCommand.Unclaim>()]);
        cluster.DecidesOnly<ConvergenceCommand.PromoteSuspect>();
    }

    [Fact]
    public void A_suspect_does_not_fill_its_slot() =>
        new Cluster()
            .Cell("a", CellStanding.Lost)
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Suspect())
            .DecidesOnly<ConvergenceCommand.Create>();

    [Fact]
    public void Removes_an_orphaned_suspect_when_the_domain_is_fresh()
    {
        var cluster = new Cluster().Cell("a", CellStanding.Lost).With(View.Running("gone", 0, "a").Suspect());
        cluster.DecidesNothing();
        cluster.Fresh().DecidesOnly<ConvergenceCommand.RemoveSuspect>();
    }

    [Fact]
    public void Removes_a_suspect_beyond_the_desired_count_when_the_domain_is_fresh()
    {
        var cluster = new Cluster().Cell("a", CellStanding.Lost).Desire(View.Desired("web", 0)).With(View.Running("web", 0, "a").Suspect());
        cluster.DecidesNothing();
        cluster.Fresh().DecidesOnly<ConvergenceCommand.RemoveSuspect>();
    }

    [Fact]
    public void Prunes_an_evacuating_row_of_a_lost_cell() =>
        new Cluster()
            .Cell("a", CellStanding.Lost)
            .Cell("b")
            .Desire(View.Desired("web", 1))
            .With(View.Running("web", 0, "a").Evacuating(), View.Running("web", 0, "b"))
            .DecidesOnly<ConvergenceCommand.RemoveEvacuating>();

    [Fact]
    public void Removes_an_orphaned_evacuating_row_when_the_domain_is_fresh()
    {
        var cluster = new Cluster().Cell("a").With(View.Running("gone", 0, "a").Evacuating());
        cluster.DecidesNothing();
        cluster.Fresh().DecidesOnly<ConvergenceCommand.RemoveEvacuating>();
    }

    [Fact]
    public void Fails_a_task_on_a_lost_cell()
    {
        var task = View.Task("job", OneOffTaskState.Running) with { CellId = new CellId("a") };
        var cluster = new Cluster().Cell("a", CellStanding.Unheard).With(task);
        cluster.DecidesNothing();
        Assert.Equal(
            "cell disappeared before completion",
            cluster.Cell("a", CellStanding.Lost).DecidesOnly<ConvergenceCommand.FailTask>().FailureReason
        );
    }
}
