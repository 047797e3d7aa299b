using Scheduler.Contracts.V1;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class TaskLifeTests
{
    /// <summary>The action's path, its result file, and the last report.</summary>
    [Theory]
    [InlineData("exit:0@3", "", "complete-task t result: ")]
    [InlineData("exit:0@3", "/result", "complete-task t result: content of /result")]
    [InlineData("exit:5@3", "", "complete-task t failed: LOG: Exited with status 5")]
    [InlineData("exit:5@3", "/result", "complete-task t failed: LOG: Exited with status 5")]
    [InlineData("exit:0@3", "/large", "complete-task t failed: failed to fetch result")]
    [InlineData("exit:0@3", "/none", "complete-task t failed: failed to fetch result")]
    [InlineData("exit:5@3", "/none", "complete-task t failed: LOG: Exited with status 5")]
    [InlineData("missing", "", "complete-task t failed: no such file: missing")]
    public void Runs_once_and_tells_how_it_ended(string path, string resultFile, string report) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await cell.PlaceTaskAsync("t", Run(path), resultFile);
            await world.AdvanceAsync(10);

            Assert.Equal(["start-task t", report], cell.Reports);
            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Equal((1000, 249), await cell.FreeAsync());
        });

    [Fact]
    public void A_container_that_cannot_be_made_sends_the_task_elsewhere() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            cell.Script.Container = _ => new SimulatedContainerPlan { Failure = "disk is full" };
            await cell.PlaceTaskAsync("t", Run("exit:0"));
            await world.SettleAsync();

            Assert.Equal(["start-task t", "reject-task t: failed to create container: disk is full"], cell.Reports);
            Assert.Equal(OneOffTask.Types.State.Pending, cell.Bbs.Tasks["t"].State);
            Assert.True(await cell.IsGoneAsync("t"));
        });

    /// <summary>The offer omitted the privilege, so the ledger could not check it.</summary>
    [Theory]
    [InlineData(true, "", "cell cell-1 does not allow privileged")]
    [InlineData(false, "CAP_SYS_ADMIN", "cell cell-1 does not allow CAP_SYS_ADMIN")]
    [InlineData(false, "CAP_NET_RAW", null)]
    public void Work_that_asks_for_more_than_the_cell_allows_fails_for_good(bool privileged, string capability, string? reason) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Options.Privileges = ["CAP_NET_RAW"]);
            cell.Bbs.DesireTask(
                "t",
                new TaskDefinition
                {
                    RootFs = CellBench.RootFs,
                    Action = Run("exit:0"),
                    MemoryMb = 100,
                    Privileged = privileged,
                    Capabilities = { capability.Length > 0 ? [capability] : Array.Empty<string>() },
                }
            );
            await cell.OfferTaskAsync(new TaskOffer("t", "tests", new Demand(CellBench.RootFs, 100, 10)));
            await world.AdvanceAsync(10);

            Assert.Equal(["start-task t", reason is null ? "complete-task t result: " : $"complete-task t failed: {reason}"], cell.Reports);
            Assert.Equal(reason is null, cell.Started.Count > 0);
        });

    [Fact]
    public void A_bad_image_fails_the_task_at_once() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            cell.Script.Container = _ => new SimulatedContainerPlan { BadWork = "the manifest names no layers" };
            await cell.PlaceTaskAsync("t", Run("exit:0"));
            await world.SettleAsync();

            Assert.Equal(
                ["start-task t", "complete-task t failed: failed to create container: rootfs: the manifest names no layers"],
                cell.Reports
            );
            Assert.True(await cell.IsGoneAsync("t"));
        });

    [Fact]
    public void A_cancelled_task_goes_without_a_report() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await cell.PlaceTaskAsync("t", Run("slow:4"));
            await world.AdvanceAsync(1);
            await world.FinishAsync(cell.Cell.CancelTaskAsync("t"), TimeSpan.Zero);
            await world.FinishAsync(cell.Cell.CancelTaskAsync("unknown"), TimeSpan.Zero);
            await world.AdvanceAsync(3);
            Assert.False(await cell.IsGoneAsync("t"));

            await world.AdvanceAsync(2);
            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Equal(["start-task t"], cell.Reports);
        });

    [Fact]
    public void A_cancellation_that_never_arrived_is_noticed_by_comparing() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            await cell.PlaceTaskAsync("t", Run("forever"));
            cell.Bbs.Tasks["t"].State = OneOffTask.Types.State.Completed;
            cell.Bbs.Tasks["t"].CellId = "";
            await world.AdvanceAsync(31);

            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Equal(["start-task t", "start-task t"], cell.Reports);
        });

    [Fact]
    public void A_task_that_runs_elsewhere_is_left_to_them() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            cell.Bbs.DesireTask("t", new TaskDefinition { Action = Run("exit:0") }).State = OneOffTask.Types.State.Running;
            await cell.OfferTaskAsync(new TaskOffer("t", "tests", new Demand(CellBench.RootFs, 1, 1)));

            Assert.True(await cell.IsGoneAsync("t"));
            Assert.Empty(cell.Started);
        });

    [Fact]
    public void A_start_whose_answer_was_lost_is_run_all_the_same() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            var lost = false;
            cell.Bbs.LostAnswer = call =>
                call.StartsWith("start-task", StringComparison.Ordinal) && !lost && (lost = true) ? FakeBbs.Unavailable() : null;
            await cell.PlaceTaskAsync("t", Run("exit:0@1"));
            await world.AdvanceAsync(20);

            Assert.Equal(["start-task t", "start-task t", "get-task t", "complete-task t result: "], cell.Reports);
            Assert.Single(cell.Started);
        });

    [Fact]
    public void Running_tasks_that_are_not_here_are_failed() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await StartAsync(world);
            var task = cell.Bbs.DesireTask("t", new TaskDefinition());
            (task.State, task.CellId) = (OneOffTask.Types.State.Running, "cell-1");
            await world.AdvanceAsync(31);

            Assert.Equal(["complete-task t failed: task container does not exist"], cell.Reports);
        });

    private static Task<CellBench> StartAsync(VirtualWorld world) =>
        CellBench.StartAsync(
            world,
            cell =>
                cell.Script.File = (_, path) =>
                    path switch
                    {
                        "/large" => new byte[51_201],
                        "/none" => null,
                        _ => System.Text.Encoding.UTF8.GetBytes($"content of {path}"),
                    }
        );
}
