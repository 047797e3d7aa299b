using Scheduler.Models;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>Faults of the control plane and of the servers that it needs.</summary>
public sealed class PartFaultTests(FaultCluster shared) : FaultTests(shared)
{
    private const string Active = "the active BBS",
        Standby = "the standby BBS";

    [Theory]
    [InlineData(Active)]
    [InlineData(Standby, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("auctioneer")]
    [InlineData("converger", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("route-emitter", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public Task A_killed_part_of_the_control_plane_comes_back_and_no_instance_notices(string which) =>
        RunAsync(async () =>
        {
            await UnnoticedAsync(async () =>
            {
                var part = await NameAsync(which);
                var owner = await LockOwnerAsync(part);
                await Cluster.Process(part).KillAsync();
                Cluster.Start(part);
                if (owner is not null)
                    await Eventually.TrueAsync(
                        async () => await Cluster.LockOwnerAsync(part) is { } now && now != owner,
                        $"another {part} holds the lock"
                    );
            });
            await Shared.WorksAsync();
        });

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task Parts_that_stand_still_for_a_moment_one_after_another_change_nothing() =>
        RunAsync(() =>
            UnnoticedAsync(async () =>
            {
                foreach (var part in TestCluster.ControlPlane.Concat(Cluster.Cells.Select(cell => cell.Id)))
                    await StandStillAsync(part, () => Task.Delay(Short));
            })
        );

    [Fact]
    public Task An_active_BBS_that_stands_still_is_replaced_and_stands_by_when_it_goes_on() =>
        RunAsync(() =>
            UnnoticedAsync(async () =>
            {
                var active = await Cluster.ActiveBbsAsync();
                await StandStillAsync(
                    $"bbs-{active}",
                    () => Eventually.TrueAsync(() => Cluster.IsActiveAsync(1 - active), "the standby leads")
                );
                // It must know by its own clock that its term is over, before anyone tells it.
                var both = await Task.WhenAll(Cluster.IsActiveAsync(active), Cluster.IsActiveAsync(1 - active));
                Assert.NotEqual([true, true], both);
                await Shared.WorksAsync();
            })
        );

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task A_standby_that_stood_still_takes_over_as_any_other() =>
        RunAsync(() =>
            UnnoticedAsync(async () =>
            {
                var active = await Cluster.ActiveBbsAsync();
                await StandStillAsync($"bbs-{1 - active}", () => Task.Delay(Long));
                await Cluster.Process($"bbs-{active}").KillAsync();
                await Eventually.TrueAsync(() => Cluster.IsActiveAsync(1 - active), "the standby leads");
                Cluster.Start($"bbs-{active}");
            })
        );

    [Theory]
    [InlineData("auctioneer")]
    [InlineData("converger", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("route-emitter", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public Task A_part_that_stands_still_loses_its_lock_and_takes_it_again(string part) =>
        RunAsync(async () =>
        {
            await UnnoticedAsync(async () =>
            {
                await StandStillAsync(
                    part,
                    () => Eventually.TrueAsync(async () => await Cluster.LockOwnerAsync(part) is null, $"the lock of {part} is free")
                );
                await LockOwnerAsync(part);
            });
            await Shared.WorksAsync();
        });

    [Theory]
    [InlineData(false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(true)]
    public Task A_database_that_goes_and_comes_back_is_noticed_by_no_instance(bool killed) =>
        RunAsync(async () =>
        {
            await UnnoticedAsync(async () =>
            {
                await (killed ? Cluster.Database.KillAsync() : Cluster.Database.StopAsync());
                await Eventually.TrueAsync(
                    async () => !await Cluster.IsActiveAsync(0) && !await Cluster.IsActiveAsync(1),
                    "no BBS leads without its store"
                );
                await Cluster.Database.StartAsync();
            });
            await Shared.WorksAsync();
        });

    [Theory]
    [InlineData(false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(true)]
    public Task Routers_hear_everything_again_when_NATS_comes_back(bool killed) =>
        RunAsync(async () =>
        {
            await UnnoticedAsync(async () =>
            {
                await (killed ? Cluster.Nats.KillAsync() : Cluster.Nats.StopAsync());
                await Shared.DesireAsync(Work.Site(Cluster, "unheard", 1, "unheard.example"));
                await Cluster.Watch.UntilAsync(
                    "unheard",
                    rows => rows is [{ State: ActualLrpStateNames.Running }],
                    Wait.Patience,
                    CancellationToken.None
                );
                Shared.Router.Clear();
                await Cluster.Nats.StartAsync();
            });
            await Shared.RemoveAsync("unheard");
            await Shared.SettledAsync();
        });

    private async Task<string> NameAsync(string which) =>
        which switch
        {
            Active => $"bbs-{await Cluster.ActiveBbsAsync()}",
            Standby => $"bbs-{1 - await Cluster.ActiveBbsAsync()}",
            _ => which,
        };

    /// <summary>Waits until the component's lock is held; null for a component without a lock.</summary>
    private async Task<string?> LockOwnerAsync(string part)
    {
        if (part is not ("auctioneer" or "converger" or "route-emitter"))
            return null;
        string? owner = null;
        await Eventually.TrueAsync(
            async () => (owner = await Cluster.LockOwnerAsync(part)) is not null,
            $"somebody holds the lock of {part}"
        );
        return owner;
    }
}
