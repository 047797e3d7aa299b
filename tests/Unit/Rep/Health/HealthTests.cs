using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Health;

public sealed class HealthTests
{
    [Fact]
    public void Becomes_healthy_when_all_checks_have_passed_once() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world, failing: [1, 2]);
            await PlaceAsync(cell, Tcp(1), Tcp(2), Tcp(3));
            await world.AdvanceAsync(5);
            Assert.Equal(ActualLrpStateNames.Claimed, cell.Bbs.Row("web").State);

            cell.Probe.Failures.Remove(1);
            await world.AdvanceAsync(2);
            // A check that has passed is not repeated until all have passed.
            cell.Probe.Failures[1] = "refused again";
            cell.Probe.Failures.Remove(2);
            await world.AdvanceAsync(2);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
        });

    [Theory]
    [InlineData(15)]
    [InlineData(300)]
    [InlineData(2000)]
    public void A_program_is_found_to_listen_after_at_most_half_as_long_again(int ms) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world, failing: [1]);
            await PlaceAsync(cell, Tcp(1));
            await world.AdvanceAsync(TimeSpan.FromMilliseconds(ms));
            Assert.Equal(ActualLrpStateNames.Claimed, cell.Bbs.Row("web").State);

            cell.Probe.Failures.Remove(1);
            await world.AdvanceAsync(TimeSpan.FromMilliseconds(Math.Max(10, ms / 2)));
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
        });

    [Fact]
    public void A_program_that_does_not_listen_is_asked_less_and_less_down_to_the_interval() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world, failing: [1]);
            await PlaceAsync(cell, Tcp(1));
            await world.AdvanceAsync(4);
            Assert.InRange(cell.Probe.Attempts.Count, 10, 20);

            cell.Probe.Attempts.Clear();
            await world.AdvanceAsync(60);
            Assert.Equal(30, cell.Probe.Attempts.Count);
        });

    [Fact]
    public void Readiness_is_found_as_soon_at_first_and_then_at_its_intervals() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world, failing: [1]);
            await cell.PlaceAsync(
                CellBench.Lrp("forever", lrp => lrp.CheckDefinition = new CheckDefinition { ReadinessChecks = { Tcp(1) } })
            );
            await world.AdvanceAsync(0.3);
            Assert.False(cell.Bbs.Row("web").Routable);

            cell.Probe.Failures.Remove(1);
            await world.AdvanceAsync(0.15);
            Assert.True(cell.Bbs.Row("web").Routable);

            cell.Probe.Failures[1] = "busy";
            await world.AdvanceAsync(30);
            Assert.False(cell.Bbs.Row("web").Routable);
            cell.Probe.Attempts.Clear();
            await world.AdvanceAsync(60);
            Assert.Equal(30, cell.Probe.Attempts.Count);
        });

    [Fact]
    public void One_failed_attempt_ends_a_healthy_container() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await PlaceAsync(cell, Tcp(1));
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
            cell.Probe.Failures[1] = "connection refused";
            await world.AdvanceAsync(29);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);

            await world.AdvanceAsync(2);
            Assert.Equal("crash web/0: Instance became unhealthy: connection refused", cell.Reports.Last());
        });

    [Fact]
    public void A_check_may_say_its_own_interval() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await PlaceAsync(cell, Tcp(1), Tcp(2, intervalMs: 3000));
            cell.Probe.Attempts.Clear();
            await world.AdvanceAsync(31);

            Assert.Equal((1, 10), (cell.Probe.Attempts.Count(port => port == 1), cell.Probe.Attempts.Count(port => port == 2)));
        });

    [Fact]
    public void Without_a_start_timeout_it_waits_for_ever() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world, failing: [1]);
            await PlaceAsync(cell, Tcp(1));
            await world.AdvanceAsync(TimeSpan.FromHours(3));

            Assert.DoesNotContain(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));
            Assert.Equal(ActualLrpStateNames.Claimed, cell.Bbs.Row("web").State);
        });

    [Fact]
    public void The_start_timeout_is_kept_to_the_moment() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world, failing: [1]);
            cell.Bbs.Desire(
                CellBench.Lrp(
                    "forever",
                    lrp =>
                    {
                        lrp.StartTimeoutMs = 4500;
                        lrp.CheckDefinition = new CheckDefinition { Checks = { Tcp(1) } };
                    }
                )
            );
            await cell.OfferAsync(CellBench.Offer("web"));
            await world.AdvanceAsync(4.4);
            Assert.DoesNotContain(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));

            await world.AdvanceAsync(0.2);
            Assert.Equal("crash web/0: Instance never healthy after 4.5s: failing", cell.Reports.Last());
        });

    [Fact]
    public void An_exit_with_0_under_a_check_leaves_a_daemon() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await PlaceAsync(cell, "exit:0@1", Tcp(1));
            await world.AdvanceAsync(100);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);

            cell.Probe.Failures[1] = "gone";
            await world.AdvanceAsync(31);
            Assert.Equal("crash web/0: Instance became unhealthy: gone", cell.Reports.Last());
        });

    [Fact]
    public void Several_reasons_are_joined() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            // The process ignores the signal and is killed: the actual reason replaces the grace notice.
            await PlaceAsync(cell, "deaf", Tcp(1));
            cell.Probe.Failures[1] = "gone";
            await world.AdvanceAsync(45);

            Assert.Equal("crash web/0: Instance became unhealthy: gone", cell.Reports.Last());
        });

    [Fact]
    public void A_declared_list_beats_the_monitor_even_when_it_is_empty() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await cell.PlaceAsync(
                CellBench.Lrp(
                    "forever",
                    lrp =>
                    {
                        lrp.Monitor = Run("exit:1");
                        lrp.CheckDefinition = new CheckDefinition();
                    }
                )
            );

            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
            Assert.Equal(["action"], cell.Started);
        });

    [Fact]
    public void A_monitor_runs_again_and_again_as_new_processes() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await cell.PlaceAsync(CellBench.Lrp("forever", lrp => lrp.Monitor = Run("exit:0")));
            Assert.Equal(ActualLrpStateNames.Claimed, cell.Bbs.Row("web").State);
            await world.AdvanceAsync(2);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);

            await world.AdvanceAsync(61);
            Assert.Equal(["action", "monitor.0", "monitor.1", "monitor.2"], cell.Started);
            // The journal does not grow with the number of attempts.
            var entry = Assert.Single((await cell.Journal.OpenAsync(default)).Entries);
            Assert.Equal("monitor.attempts", Assert.Single(entry.Notes.Keys, key => key.StartsWith("monitor", StringComparison.Ordinal)));

            // A new rep skips the attempts that the old one may have used.
            await cell.RestartRepAsync();
            await world.AdvanceAsync(31);
            Assert.Equal("monitor.1000", cell.Started.Last());
        });

    [Fact]
    public void A_failed_monitor_ends_a_healthy_container() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            var code = 0;
            cell.Script.Process = (_, id, spec) =>
                id.StartsWith("monitor", StringComparison.Ordinal) ? StepBench.PlanOf($"exit:{code}") : StepBench.PlanOf(spec.Path);
            await cell.PlaceAsync(CellBench.Lrp("forever", lrp => lrp.Monitor = Run("check")));
            await world.AdvanceAsync(3);
            code = 6;
            await world.AdvanceAsync(31);

            Assert.Equal("crash web/0: Instance became unhealthy: LOG: Exited with status 6", cell.Reports.Last());
        });

    [Fact]
    public void A_runtime_that_fails_its_health_check_takes_no_work_until_it_passes() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Options.HealthCheckRootFs = CellBench.RootFs);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            cell.Script.Unhealthy = "no space left";
            await world.AdvanceAsync(TimeSpan.FromMinutes(10));
            Assert.False((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
            Assert.Single((await cell.OfferAsync(CellBench.Offer("other"))).RefusedLrps);
            Assert.False(await cell.IsGoneAsync(guid));

            cell.Script.Unhealthy = null;
            await world.AdvanceAsync(cell.Options.HealthCheckRetry);
            Assert.True((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
        });

    [Fact]
    public void A_container_that_cannot_be_made_has_the_runtime_looked_at() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Options.HealthCheckRootFs = CellBench.RootFs);
            cell.Script.Unhealthy = "no space left";
            await world.AdvanceAsync(cell.Options.HealthCheckRetry);
            Assert.True((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);

            await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.AdvanceAsync(1);

            Assert.False((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
        });

    [Fact]
    public void A_cell_whose_runtime_fails_begins_unwell() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(
                world,
                cell => (cell.Options.HealthCheckRootFs, cell.Script.Unhealthy) = (CellBench.RootFs, "no space left")
            );
            Assert.False((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);

            cell.Script.Unhealthy = null;
            await world.AdvanceAsync(cell.Options.HealthCheckRetry);
            Assert.True((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
        });

    [Fact]
    public void A_check_that_hangs_has_failed_and_is_not_joined_by_another() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Options.HealthCheckRootFs = CellBench.RootFs);
            var hanging = new TaskCompletionSource();
            var checks = 0;
            cell.Script.HealthCheck = () =>
            {
                checks++;
                return hanging.Task;
            };
            await world.AdvanceAsync(cell.Options.HealthCheckInterval + cell.Options.HealthCheckTimeout);
            Assert.False((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
            await world.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(1, checks);

            hanging.SetResult();
            await world.AdvanceAsync(cell.Options.HealthCheckRetry + cell.Options.HealthCheckTimeout);
            Assert.True((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
        });

    [Fact]
    public void A_check_that_passes_late_counts_at_once() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Options.HealthCheckRootFs = CellBench.RootFs);
            var slow = new TaskCompletionSource();
            cell.Script.HealthCheck = () => slow.Task;
            await world.AdvanceAsync(cell.Options.HealthCheckInterval + cell.Options.HealthCheckTimeout);
            Assert.False((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);

            slow.SetResult();
            await world.AdvanceAsync(1);
            Assert.True((await cell.Cell.ReadStateAsync(0, default)).Full!.Healthy);
        });

    private static Task<CellBench> StartAsync(VirtualWorld world, params uint[] failing) =>
        CellBench.StartAsync(
            world,
            cell =>
            {
                foreach (var port in failing)
                    cell.Probe.Failures[port] = "failing";
            }
        );

    private static Task PlaceAsync(CellBench cell, params Check[] checks) => PlaceAsync(cell, "forever", checks);

    private static Task PlaceAsync(CellBench cell, string path, params Check[] checks) =>
        cell.PlaceAsync(CellBench.Lrp(path, lrp => lrp.CheckDefinition = new CheckDefinition { Checks = { checks } }));
}
