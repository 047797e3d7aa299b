using Scheduler.Client.Commands;
using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.Cli.Client.Commands;

public class WaitConditionsTests
{
    // r: running; n: running, not ready; c: claimed; x: crashed.
    [Theory]
    [InlineData(2, "rr", "routable", true, "2/2 routable")]
    [InlineData(2, "rn", "routable", false, "1/2 routable (not ready)")]
    [InlineData(2, "rn", "running", true, "2/2 running")]
    [InlineData(2, "rc", "running", false, "1/2 running")]
    [InlineData(2, "rx", "routable", false, "1/2 routable (crashed: why)")]
    [InlineData(1, "rr", "routable", false, "1/1 routable, 1 to stop")]
    [InlineData(0, "", "routable", true, "0/0 routable")]
    [InlineData(2, "", "rolled-out", true, "version 1")]
    [InlineData(2, "rr", "deleted", false, "exists")]
    public void Of_an_lrp(int desired, string rows, string condition, bool isMet, string text) =>
        Assert.Equal(new WaitState(isMet, text), WaitConditions.Lrp(Of(desired), Rows(rows), condition));

    [Fact]
    public void An_lrp_that_is_gone_is_deleted_once_its_instances_are()
    {
        Assert.Equal(WaitState.NotYet("1 left"), WaitConditions.Lrp(null, Rows("r"), "deleted"));
        Assert.Equal(WaitState.Met("deleted"), WaitConditions.Lrp(null, [], "deleted"));
    }

    [Theory]
    [InlineData("routable")]
    [InlineData("rolled-out")]
    public void A_rollout_must_end_first(string condition)
    {
        var versions = AppVersions.First("web") with { Rollout = new Rollout(1, 2, 1, 1, 1, 0, false, RolloutPause.Paused, "") };
        var app = Of(1) with { Versions = versions };
        Assert.Equal(WaitState.NotYet("paused on the way to version 2"), WaitConditions.Lrp(app, Rows("r"), condition));
    }

    [Theory]
    [InlineData(OneOffTask.Types.State.Pending, false, "completed", false, "pending")]
    [InlineData(OneOffTask.Types.State.Running, false, "completed", false, "running on cell-1")]
    [InlineData(OneOffTask.Types.State.Running, false, "running", true, "running on cell-1")]
    [InlineData(OneOffTask.Types.State.Completed, false, "completed", true, "completed on cell-1")]
    [InlineData(OneOffTask.Types.State.Completed, false, "running", true, "completed on cell-1")]
    [InlineData(OneOffTask.Types.State.Completed, true, "completed", null, "failed: why")]
    [InlineData(OneOffTask.Types.State.Completed, true, "deleted", false, "completed on cell-1")]
    public void Of_a_task(object state, bool failed, string condition, bool? isMet, string text)
    {
        var task = new OneOffTask
        {
            TaskGuid = "job",
            State = (OneOffTask.Types.State)state,
            CellId = (OneOffTask.Types.State)state == OneOffTask.Types.State.Pending ? "" : "cell-1",
            Failed = failed,
            FailureReason = failed ? "why" : "",
        };
        Assert.Equal(new WaitState(isMet, text), WaitConditions.Task(task, condition));
    }

    [Fact]
    public void A_task_that_is_gone_is_deleted() => Assert.Equal(WaitState.Met("deleted"), WaitConditions.Task(null, "deleted"));

    [Theory]
    [InlineData(true, 0, "present", true, "present")]
    [InlineData(false, 0, "present", false, "absent")]
    [InlineData(true, 3, "empty", false, "3 left")]
    [InlineData(false, 0, "empty", true, "empty")]
    [InlineData(true, 0, "absent", false, "present")]
    [InlineData(false, 2, "absent", true, "absent")]
    public void Of_a_cell(bool isPresent, int work, string condition, bool isMet, string text) =>
        Assert.Equal(new WaitState(isMet, text), WaitConditions.Cell(isPresent, work, condition));

    [Theory]
    [InlineData("web")]
    [InlineData("app/web")]
    [InlineData("lrp/")]
    [InlineData("/web")]
    [InlineData("")]
    public void A_target_has_a_kind_and_a_name(string text) =>
        Assert.StartsWith(
            "KIND/NAME: must be lrp/NAME, task/NAME or cell/ID, not",
            Assert.Throws<DomainException>(() => WaitTarget.Parse(text)).Message
        );

    [Fact]
    public void Each_kind_has_its_conditions()
    {
        Assert.Equal("completed", WaitTarget.Parse("task/job").Condition(null));
        Assert.Equal("empty", WaitTarget.Parse("cell/z1/a").Condition("empty"));
        Assert.Equal(
            "--for: must be one of routable, running, rolled-out, deleted for lrp/web, not \"empty\"",
            Assert.Throws<DomainException>(() => WaitTarget.Parse("lrp/web").Condition("empty")).Message
        );
    }

    private static App Of(int desired)
    {
        var lrp = new DesiredLRP { ProcessGuid = "web", Instances = desired };
        return new App(lrp, null, lrp);
    }

    private static List<ActualLRP> Rows(string states) =>
        [
            .. states.Select(
                (state, index) =>
                {
                    var row = new ActualLRP
                    {
                        ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = index },
                        State = state switch
                        {
                            'c' => ActualLrpStateNames.Claimed,
                            'x' => ActualLrpStateNames.Crashed,
                            _ => ActualLrpStateNames.Running,
                        },
                        CrashReason = state == 'x' ? "why" : "",
                    };
                    if (state == 'n')
                        row.Routable = false;
                    return row;
                }
            ),
        ];
}
