using Scheduler.Rep.Capacity;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class EvacuationTests
{
    [Fact]
    public void An_empty_cell_is_evacuated_at_once() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.SettleAsync();

            Assert.True(cell.Node.Evacuator.Done.IsCompletedSuccessfully);
            Assert.True(cell.Bbs.Withdrawn);
            var announced = cell.Bbs.Announcements.Count;
            await world.AdvanceAsync(30);
            Assert.Equal(announced, cell.Bbs.Announcements.Count);
        });

    [Fact]
    public void Takes_nothing_more_and_says_so_in_its_state() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);

            Assert.True((await cell.Cell.ReadStateAsync(0, default)).Full!.Evacuating);
            Assert.Equal(RefusalReasons.Evacuating, (await cell.OfferAsync(CellBench.Offer("web", 1))).RefusedLrps.Single().Reason);
        });

    [Fact]
    public void A_running_instance_stays_until_its_replacement_serves() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("slow:3"));
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.AdvanceAsync(35);
            // At once, then every 10 s.
            Assert.InRange(cell.Reports.Count(report => report == "evacuate-running web/0"), 4, 6);
            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
            Assert.False(cell.Bbs.Withdrawn);

            cell.Bbs.KeepEvacuating = false;
            await world.AdvanceAsync(10);
            await world.AdvanceAsync(3.1);
            Assert.Equal(["evacuate-stopped web/0", "withdraw"], cell.Reports.TakeLast(2));
            Assert.True(await cell.IsGoneAsync(guid));
            Assert.True(cell.Node.Evacuator.Done.IsCompletedSuccessfully);
        });

    [Fact]
    public void What_does_not_run_yet_is_given_back_at_once() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(
                world,
                cell => cell.Script.Container = _ => new SimulatedContainerPlan { Takes = TimeSpan.FromSeconds(60) }
            );
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.SettleAsync();

            Assert.Equal(["claim web/0", "evacuate-claimed web/0", "withdraw"], cell.Reports);
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void A_crash_is_told_as_one_of_an_evacuating_cell() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceAsync(CellBench.Lrp("exit:2@5"));
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.AdvanceAsync(6);

            Assert.Contains("evacuate-crashed web/0: APP: Exited with status 2", cell.Reports);
            Assert.True(cell.Node.Evacuator.Done.IsCompletedSuccessfully);
        });

    [Fact]
    public void Tasks_run_to_their_end() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceTaskAsync("t", Run("exit:0@300"));
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.AdvanceAsync(299);
            Assert.False(cell.Node.Evacuator.Done.IsCompleted);

            await world.AdvanceAsync(2);
            Assert.Equal(["start-task t", "complete-task t result: ", "withdraw"], cell.Reports);
            Assert.True(cell.Node.Evacuator.Done.IsCompletedSuccessfully);
        });

    [Fact]
    public void What_is_left_at_the_limit_is_stopped() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("deaf"));
            await cell.PlaceTaskAsync("t", Run("forever"));
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.AdvanceAsync(TimeSpan.FromMinutes(10));
            Assert.False(cell.Node.Evacuator.Done.IsCompleted);

            await world.AdvanceAsync(11);
            Assert.True(cell.Node.Evacuator.Done.IsCompletedSuccessfully);
            Assert.True(await cell.IsGoneAsync(guid));
            Assert.True(await cell.IsGoneAsync("t"));
            Assert.True(cell.Bbs.Withdrawn);
        });

    [Fact]
    public void A_BBS_that_is_away_stops_no_running_container() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            cell.Bbs.Down = true;
            await world.FinishAsync(cell.Node.Evacuator.BeginAsync(), TimeSpan.Zero);
            await world.AdvanceAsync(300);

            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
        });
}
