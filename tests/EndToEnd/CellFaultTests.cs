using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>Faults of cells, of their reps and of their network.</summary>
public sealed class CellFaultTests(FaultCluster shared) : FaultTests(shared)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(2, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public Task A_killed_rep_finds_its_containers_and_no_instance_notices(int number) =>
        RunAsync(async () =>
        {
            var cell = Cluster.Cells[number];
            await UnnoticedAsync(async () =>
            {
                await Cluster.Process(cell.Id).KillAsync();
                Cluster.Start(cell.Id);
                await Eventually.SaysAsync(
                    $"Cell {cell.Id} announced its presence to the BBS",
                    () => Task.FromResult(Cluster.Process(cell.Id).Log)
                );
            });
        });

    [Theory]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public Task The_instances_of_a_rep_that_stands_still_serve_until_others_do(int number) =>
        RunAsync(
            async () =>
            {
                var cell = Cluster.Cells[number];
                var before = await Shared.SpreadAsync();
                await using var visitors = Visitors.Of(before);
                await StandStillAsync(
                    cell.Id,
                    async () =>
                    {
                        await Shared.LeaveAsync(cell);
                        await visitors.StopAsync();
                    }
                );
                Assert.Empty(visitors.Failures);
                // It accepts new work too: the next fault needs instances on every cell.
                await Shared.SpreadAsync();
            },
            lost: 1
        );

    [Fact]
    public Task A_cell_that_is_cut_off_for_a_moment_keeps_its_instances() =>
        RunAsync(() =>
        {
            var cell = Cluster.Cells[0];
            return UnnoticedAsync(
                async () =>
                {
                    await cell.Host.CutAsync();
                    await Task.Delay(Short);
                    await cell.Host.HealAsync();
                },
                row => row.ActualLrpInstanceKey.CellId != cell.Id
            );
        });

    [Fact]
    public Task The_instances_of_a_cell_that_is_cut_off_start_elsewhere_and_end_there_when_it_is_back() =>
        RunAsync(
            async () =>
            {
                var cell = Cluster.Cells[1];
                var before = await Shared.SpreadAsync();
                await using var visitors = Visitors.Of(before.Where(row => row.ActualLrpInstanceKey.CellId != cell.Id));
                await cell.Host.CutAsync();
                await Shared.LeaveAsync(cell);
                await cell.Host.HealAsync();
                var after = await Shared.SettledAsync();
                await visitors.StopAsync();
                Assert.Empty(visitors.Failures);
                Assert.DoesNotContain(after, row => row.ActualLrpInstanceKey.CellId == cell.Id);
                await Shared.WorksAsync();
            },
            lost: 1
        );

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task A_BBS_that_is_killed_while_a_cell_is_cut_off_delays_the_replacements_and_loses_none() =>
        RunAsync(
            async () =>
            {
                var cell = Cluster.Cells[2];
                var before = await Shared.SpreadAsync();
                await using var visitors = Visitors.Of(before.Where(row => row.ActualLrpInstanceKey.CellId != cell.Id));
                await cell.Host.CutAsync();
                var active = await Cluster.ActiveBbsAsync();
                await Cluster.Process($"bbs-{active}").KillAsync();
                await Shared.LeaveAsync(cell);
                Cluster.Start($"bbs-{active}");
                await cell.Host.HealAsync();
                await Shared.SettledAsync();
                await visitors.StopAsync();
                Assert.Empty(visitors.Failures);
                await Shared.WorksAsync();
            },
            lost: 1
        );

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task Reps_that_start_or_wake_while_no_BBS_is_there_stop_nothing() =>
        RunAsync(() =>
            UnnoticedAsync(async () =>
            {
                var (restarted, paused) = (Cluster.Cells[0], Cluster.Cells[1]);
                var containers = Cluster.Cells.Select(cell => cell.ContainerGuids()).ToList();
                await Cluster.Process("bbs-0").KillAsync();
                await Cluster.Process("bbs-1").KillAsync();

                await Cluster.Process(restarted.Id).KillAsync();
                Cluster.Start(restarted.Id);
                await StandStillAsync(paused.Id, () => Task.Delay(Long));
                foreach (var cell in (TestCell[])[restarted, paused])
                    await Eventually.SaysAsync(
                        $"Cell {cell.Id} could not announce its presence",
                        () => Task.FromResult(Cluster.Process(cell.Id).Log)
                    );
                Assert.Contains(
                    $"recovered {containers[0].Count} containers from its previous run",
                    Cluster.Process(restarted.Id).Log,
                    StringComparison.Ordinal
                );
                Assert.Equal(containers, Cluster.Cells.Select(cell => cell.ContainerGuids()));

                Cluster.Start("bbs-0");
                Cluster.Start("bbs-1");
            })
        );
}
