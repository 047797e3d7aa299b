using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

/// <summary>A rep's process ends, and another adopts its containers: no exit is lost, nothing starts twice.</summary>
public sealed class RestartTests
{
    [Fact]
    public void Finds_running_instances_again_and_says_nothing() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await cell.RestartRepAsync();
            await world.AdvanceAsync(120);

            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
            Assert.Equal((900, 248), await cell.FreeAsync());
            Assert.Single(cell.Started);
            Assert.Equal(["claim web/0", "start web/0"], cell.Reports.Distinct());
            Assert.True(cell.Runtime.Crash(guid, "action", 7));
            await world.SettleAsync();
            Assert.Equal("crash web/0: APP: Exited with status 7", cell.Reports.Last());
        });

    [Fact]
    public void Reports_what_ended_while_nobody_looked() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("exit:9@60"));
            await cell.StopRepAsync();
            await world.AdvanceAsync(300);
            await cell.StartRepAsync();

            Assert.Equal("crash web/0: APP: Exited with status 9", cell.Reports.Last());
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void Goes_on_with_a_container_in_the_making() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(
                world,
                cell => cell.Script.Container = _ => new SimulatedContainerPlan { Takes = TimeSpan.FromSeconds(20) }
            );
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.AdvanceAsync(5);
            await cell.RestartRepAsync();
            Assert.Equal(AllocationState.Claimed, await cell.StateOfAsync(guid));

            await world.AdvanceAsync(21);
            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
            Assert.Equal(guid, cell.Bbs.Row("web").ActualLrpInstanceKey.InstanceGuid);
            Assert.Single(cell.Started);
        });

    [Fact]
    public void Goes_on_in_the_middle_of_setup() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceAsync(CellBench.Lrp("forever", lrp => lrp.Setup = Serial(Run("exit:0@10"), Run("exit:0@10"))));
            await world.AdvanceAsync(15);
            await cell.RestartRepAsync();
            await world.AdvanceAsync(6);

            Assert.Equal(["setup.0", "setup.1", "action"], cell.Started);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
        });

    [Fact]
    public void A_start_timeout_counts_from_the_first_check_not_from_the_restart() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Probe.Failures[1] = "refused");
            await cell.PlaceAsync(
                CellBench.Lrp(
                    "forever",
                    lrp =>
                    {
                        lrp.CheckDefinition = new CheckDefinition { Checks = { Tcp(1) } };
                        lrp.StartTimeoutMs = 60_000;
                    }
                )
            );
            await world.AdvanceAsync(40);
            await cell.RestartRepAsync();
            await world.AdvanceAsync(19);
            Assert.DoesNotContain(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));

            await world.AdvanceAsync(2);
            Assert.Equal("crash web/0: Instance never healthy after 1m0s: refused", cell.Reports.Last());
        });

    [Fact]
    public void A_healthy_instance_stays_healthy_over_a_restart() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(
                CellBench.Lrp("forever", lrp => lrp.CheckDefinition = new CheckDefinition { Checks = { Tcp(1) } })
            );
            await cell.StopRepAsync();
            cell.Bbs.Calls.Clear();
            await cell.StartRepAsync();

            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
            Assert.All(cell.Reports, report => Assert.Equal("start web/0", report));
        });

    [Fact]
    public void A_stop_goes_on() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("deaf"));
            await world.FinishAsync(cell.Cell.StopLrpAsync(new LrpKey("web", 0), guid), TimeSpan.Zero);
            await world.AdvanceAsync(5);
            await cell.RestartRepAsync();
            await world.AdvanceAsync(5.1);

            Assert.Equal("remove web/0", cell.Reports.Last());
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void An_outcome_that_the_BBS_has_not_taken_is_told_by_the_next_rep() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceTaskAsync("t", Run("exit:0@1"), "/result");
            cell.Bbs.Down = true;
            await world.AdvanceAsync(60);
            await cell.StopRepAsync();
            cell.Bbs.Down = false;
            cell.Bbs.Calls.Clear();
            await cell.StartRepAsync();

            Assert.Equal(["complete-task t result: content of /result"], cell.Reports);
            Assert.True(await cell.IsGoneAsync("t"));
        });

    [Fact]
    public void A_deletion_goes_on_and_still_reports_nothing() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceTaskAsync("t", Run("slow:8"));
            await world.FinishAsync(cell.Cell.CancelTaskAsync("t"), TimeSpan.Zero);
            await world.AdvanceAsync(2);
            cell.Bbs.Calls.Clear();
            await cell.RestartRepAsync();
            await world.AdvanceAsync(7);

            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Empty(cell.Reports);
        });

    /// <summary>Whether the BBS took the question of the rep that ended, and what is asked in the end.</summary>
    [Theory]
    [InlineData(true, "start-task t", "get-task t", "complete-task t result: ")]
    [InlineData(false, "start-task t", "complete-task t result: ")]
    public void A_rep_that_ends_before_it_knows_the_answer_to_a_start_asks_again(bool taken, params string[] reports) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await EndWhileAskingAsync(cell, taken);
            cell.Bbs.Calls.Clear();
            await cell.StartRepAsync();
            await world.AdvanceAsync(2);

            Assert.Equal(reports, cell.Reports);
            Assert.Single(cell.Started);
            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Empty((await cell.Journal.OpenAsync(default)).Entries);
        });

    /// <summary>What became of the task while there was no rep: its state and its cell.</summary>
    [Theory]
    [InlineData(OneOffTask.Types.State.Completed, "")]
    [InlineData(OneOffTask.Types.State.Running, "cell-2")]
    [InlineData(null, "")]
    public void A_task_that_was_asked_for_and_is_no_longer_to_run_here_is_forgotten(OneOffTask.Types.State? state, string cellId) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await EndWhileAskingAsync(cell, taken: true);
            if (state is { } now)
                (cell.Bbs.Tasks["t"].State, cell.Bbs.Tasks["t"].CellId) = (now, cellId);
            else
                cell.Bbs.Tasks.Clear();
            cell.Bbs.Calls.Clear();
            await cell.StartRepAsync();

            Assert.Equal(["start-task t"], cell.Reports);
            Assert.Empty(cell.Started);
            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Equal((1000, 249), await cell.FreeAsync());
            Assert.Empty((await cell.Journal.OpenAsync(default)).Entries);
        });

    [Fact]
    public void A_task_that_is_cancelled_between_the_question_and_the_definition_is_forgotten() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await EndWhileAskingAsync(cell, taken: true);
            cell.Bbs.Fault = call =>
            {
                if (call == "get-task t")
                    (cell.Bbs.Tasks["t"].State, cell.Bbs.Tasks["t"].CellId) = (OneOffTask.Types.State.Completed, "");
                return null;
            };
            await cell.StartRepAsync();

            Assert.Empty(cell.Started);
            Assert.True(await cell.IsGoneAsync("t"));
        });

    [Fact]
    public void A_task_that_is_cancelled_while_its_start_is_asked_for_stays_cancelled_over_a_restart() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await EndWhileAskingAsync(cell, taken: true);
            cell.Bbs.Down = true;
            await cell.StartRepAsync();
            await world.FinishAsync(cell.Cell.CancelTaskAsync("t"), TimeSpan.Zero);
            await world.SettleAsync();

            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Empty((await cell.Journal.OpenAsync(default)).Entries);
        });

    [Fact]
    public void Containers_that_a_power_loss_took_are_missing() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await cell.PlaceTaskAsync("t", Run("forever"));
            await cell.StopRepAsync();
            cell.Runtime.LosePower();
            await cell.StartRepAsync();

            Assert.Contains("crash web/0: missing garden container", cell.Reports);
            Assert.Contains("complete-task t failed: missing garden container", cell.Reports);
            Assert.True(await cell.IsGoneAsync(guid));
            Assert.True(await cell.IsGoneAsync("t"));
        });

    [Fact]
    public void A_lost_journal_loses_no_container() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await cell.StopRepAsync();
            await cell.Journal.RemoveAsync(guid, default);
            await cell.StartRepAsync();
            await world.AdvanceAsync(60);

            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
            Assert.Equal((900, 248), await cell.FreeAsync());
            Assert.Single(cell.Started);
        });

    [Fact]
    public void Rows_whose_container_is_gone_are_given_back() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await cell.StopRepAsync();
            await cell.Journal.RemoveAsync(guid, default);
            await cell.Runtime.DestroyAsync(guid, default);
            await cell.StartRepAsync();

            Assert.Equal("remove web/0", cell.Reports.Last());
            Assert.Empty(cell.Bbs.Rows);
        });

    [Fact]
    public void The_presence_is_renewed_under_the_same_owner_and_incarnations_grow() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var first = cell.Node.Incarnation;
            await cell.RestartRepAsync();

            Assert.True(cell.Node.Incarnation > first);
            Assert.True(cell.Bbs.Announcements.Count >= 2);
            Assert.Single(cell.Bbs.Announcements.Select(announcement => announcement.Owner).Distinct());
            Assert.False(cell.Bbs.Withdrawn);
        });

    private static async Task EndWhileAskingAsync(CellBench cell, bool taken)
    {
        Func<string, Exception?> lose = call => call == "start-task t" ? FakeBbs.Unavailable() : null;
        Func<string, Exception?> keep = _ => null;
        (cell.Bbs.Fault, cell.Bbs.LostAnswer) = taken ? (keep, lose) : (lose, keep);
        await cell.PlaceTaskAsync("t", Run("exit:0@1"));
        await cell.StopRepAsync();
        Assert.Equal(taken ? OneOffTask.Types.State.Running : OneOffTask.Types.State.Pending, cell.Bbs.Tasks["t"].State);
        (cell.Bbs.Fault, cell.Bbs.LostAnswer) = (keep, keep);
    }

    /// <summary>Whenever the rep is replaced: the same outcome is reported, and no process starts twice.</summary>
    [Theory]
    [InlineData("exit:3@6")]
    [InlineData("oom")]
    [InlineData("missing")]
    public void The_end_is_the_same_at_every_moment_of_a_restart(string path) =>
        VirtualWorld.Run(async world =>
        {
            string? expected = null;
            for (var at = 0.0; at < 14; at += 0.5)
            {
                await using var cell = await CellBench.StartAsync(
                    world,
                    cell => cell.Script.Container = _ => new SimulatedContainerPlan { Takes = TimeSpan.FromSeconds(2) }
                );
                var guid = await cell.PlaceAsync(CellBench.Lrp(path, lrp => lrp.Setup = Run("exit:0@3")));
                await world.AdvanceAsync(at);
                await cell.RestartRepAsync();
                await world.AdvanceAsync(30);

                expected ??= cell.Reports.Last();
                Assert.StartsWith("crash web/0: ", expected);
                Assert.Single(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));
                Assert.Equal(expected, cell.Reports.Last(report => report.StartsWith("crash", StringComparison.Ordinal)));
                if (path != "missing")
                    Assert.Equal(["setup", "action"], cell.Started);
                Assert.True(await cell.IsGoneAsync(guid), $"restarted at {at}");
            }
        });
}
