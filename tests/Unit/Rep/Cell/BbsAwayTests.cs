using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class BbsAwayTests
{
    [Fact]
    public void Containers_run_on_and_the_cell_is_announced_again() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            cell.Bbs.Down = true;
            await world.AdvanceAsync(600);
            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));

            cell.Bbs.Down = false;
            var announced = cell.Bbs.Announcements.Count;
            await world.AdvanceAsync(5);
            // One renewal within the interval, and a second if jitter makes both periods short.
            Assert.InRange(cell.Bbs.Announcements.Count - announced, 1, 2);
        });

    [Fact]
    public void A_cell_that_was_silent_for_longer_than_its_presence_ends_at_once_what_runs_elsewhere_since() =>
        VirtualWorld.Run(async world =>
        {
            var began = world.Now;
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            cell.Bbs.Down = true;
            await world.AdvanceAsync(cell.Options.PresenceTtl + TimeSpan.FromSeconds(1));
            cell.Bbs.Row("web").ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = "replacement", CellId = "cell-2" };

            cell.Bbs.Down = false;
            await world.AdvanceAsync(cell.Options.PresenceRenewal + TimeSpan.FromSeconds(1));

            Assert.True(world.Now - began < cell.Options.SyncInterval);
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void A_renewal_that_is_late_but_in_time_asks_for_nothing() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            cell.Bbs.Down = true;
            await world.AdvanceAsync(9);
            cell.Bbs.Down = false;
            await world.AdvanceAsync(10);

            Assert.Single(cell.Bbs.Calls, call => call == "list-lrps");
        });

    [Fact]
    public void An_exit_is_kept_until_it_is_taken_and_asked_for_ever_more_rarely() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("exit:3@1"));
            cell.Bbs.Down = true;
            await world.AdvanceAsync(600);
            var attempts = cell.Reports.Count(report => report.StartsWith("crash", StringComparison.Ordinal));
            Assert.InRange(attempts, 600 / 15, 600 / 7 + 15);
            Assert.Equal(AllocationState.Crashed, await cell.StateOfAsync(guid));

            cell.Bbs.Down = false;
            await world.AdvanceAsync(15);
            Assert.Equal("APP: Exited with status 3", cell.Bbs.Row("web").CrashReason);
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void A_reservation_whose_claim_has_no_answer_is_kept_and_becomes_an_instance() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            cell.Bbs.Desire(CellBench.Lrp("forever"));
            cell.Bbs.Down = true;
            var verdict = await cell.OfferAsync(CellBench.Offer("web"));
            await world.AdvanceAsync(cell.Options.ReservedExpiration * 3);
            cell.Bbs.Down = false;
            await world.AdvanceAsync(20);

            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(verdict.Taken.Single().ContainerGuid));
            Assert.DoesNotContain(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));
        });

    [Fact]
    public void A_call_that_is_never_answered_is_given_up_and_repeated() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var first = true;
            cell.Bbs.Fault = call =>
                call.StartsWith("claim", StringComparison.Ordinal) && first && !(first = false) ? new TimeoutException("no answer") : null;
            await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.AdvanceAsync(1);

            Assert.Equal(["claim web/0", "claim web/0", "start web/0"], cell.Reports);
        });

    [Fact]
    public void A_refusal_is_not_repeated() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            cell.Bbs.Fault = call =>
                call.StartsWith("crash", StringComparison.Ordinal)
                    ? new DomainError(ErrorKind.ActualLrpCannotBeCrashed, "no").ToException()
                    : null;
            var guid = await cell.PlaceAsync(CellBench.Lrp("exit:3@1"));
            await world.AdvanceAsync(600);

            Assert.Single(cell.Reports, report => report.StartsWith("crash", StringComparison.Ordinal));
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void No_more_reports_at_a_time_than_the_cell_allows() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(
                world,
                cell =>
                {
                    cell.Options.MaxConcurrentReports = 2;
                    cell.Options.MemoryMb = 100_000;
                }
            );
            cell.Bbs.Desire(CellBench.Lrp("forever", lrp => lrp.Instances = 50));
            await cell.OfferAsync([.. Enumerable.Range(0, 50).Select(i => CellBench.Offer("web", i))]);
            await world.AdvanceAsync(1);

            Assert.Equal(50, cell.Bbs.Rows.Count(row => row.State == ActualLrpStateNames.Running));
        });

    [Fact]
    public void A_task_completed_while_the_BBS_refuses_its_state_is_told_as_failed() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceTaskAsync("t", Run("exit:0@5"));
            cell.Bbs.Tasks["t"].State = OneOffTask.Types.State.Resolving;
            await world.AdvanceAsync(6);

            Assert.Equal(2, cell.Reports.Count(report => report.StartsWith("complete-task", StringComparison.Ordinal)));
            Assert.StartsWith("complete-task t failed: invalid state transition", cell.Reports.Last());
            Assert.True(await cell.IsGoneAsync("t"));
        });
}
