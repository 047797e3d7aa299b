using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Rules.Tasks;

public sealed class TaskRuleTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void Auctions_a_pending_task_again_after_half_a_minute()
    {
        var cluster = With(OneOffTaskState.Pending).After(TimeSpan.FromSeconds(30) - Tick);
        cluster.DecidesNothing();
        cluster.After(Tick).DecidesOnly<ConvergenceCommand.ReauctionTask>();
    }

    [Fact]
    public void Fails_a_task_that_found_no_cell_in_half_an_hour()
    {
        var cluster = With(OneOffTaskState.Pending).After(TimeSpan.FromMinutes(30) - Tick);
        cluster.DecidesOnly<ConvergenceCommand.ReauctionTask>();
        Assert.Equal("not started within time limit", cluster.After(Tick).DecidesOnly<ConvergenceCommand.FailTask>().FailureReason);
    }

    [Fact]
    public void Kicks_a_task_whose_resolver_went_silent()
    {
        var cluster = With(OneOffTaskState.Resolving).After(TimeSpan.FromSeconds(30) - Tick);
        cluster.DecidesNothing();
        cluster.After(Tick).DecidesOnly<ConvergenceCommand.DemoteTask>();
    }

    [Fact]
    public void Submits_the_callback_of_a_completed_task_again()
    {
        var cluster = With(OneOffTaskState.Completed).After(TimeSpan.FromSeconds(30) - Tick);
        cluster.DecidesNothing();
        cluster.After(Tick).DecidesOnly<ConvergenceCommand.ResubmitCallback>();
    }

    [Fact]
    public void Has_nothing_to_submit_without_a_callback() =>
        new Cluster()
            .With(View.Task("job", OneOffTaskState.Completed) with { HasCallback = false })
            .After(TimeSpan.FromSeconds(119))
            .DecidesNothing();

    [Fact]
    public void Deletes_a_completed_task_that_nobody_resolved()
    {
        var cluster = With(OneOffTaskState.Completed).After(TimeSpan.FromMinutes(2) - Tick);
        cluster.DecidesOnly<ConvergenceCommand.ResubmitCallback>();
        cluster.After(Tick).DecidesOnly<ConvergenceCommand.DeleteTask>();
    }

    private static Cluster With(OneOffTaskState state) => new Cluster().With(View.Task("job", state));
}
