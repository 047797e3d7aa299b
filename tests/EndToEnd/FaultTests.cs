using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>
/// Every part killed and made to stand still, every server restarted, every kind of cut, on real processes and containers. After each
/// fault what is desired is so again, from the store to the sockets.
/// </summary>
public sealed class FaultTests(FaultCluster shared) : IClassFixture<FaultCluster>
{
    private const string Active = "the active BBS", Standby = "the standby BBS";
    private const int MaxAttempts = 4;
    private TestCluster Cluster => shared.Cluster;

    private TimeSpan Short => Cluster.Times.LockTtl / 3;

    private TimeSpan Long => Cluster.Times.Ttl * 1.3;

    [Theory]
    [InlineData(Active)]
    [InlineData(Standby)]
    [InlineData("auctioneer")]
    [InlineData("converger")]
    [InlineData("route-emitter")]
    public Task A_killed_part_of_the_control_plane_comes_back_and_no_instance_notices(string which) => RunAsync(async () =>
    {
        await UnnoticedAsync(async () =>
        {
            var part = await NameAsync(which);
            var owner = await LockOwnerAsync(part);
            await Cluster.Process(part).KillAsync();
            Cluster.Start(part);
            if (owner is not null)
                await Eventually.TrueAsync(async () => await Cluster.LockOwnerAsync(part) is { } now && now != owner, $"another {part} holds the lock");
        });
        await shared.WorksAsync();
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public Task A_killed_rep_finds_its_containers_and_no_instance_notices(int number) => RunAsync(async () =>
    {
        var cell = Cluster.Cells[number];
        await UnnoticedAsync(async () =>
        {
            await Cluster.Process(cell.Id).KillAsync();
            Cluster.Start(cell.Id);
            await Eventually.SaysAsync($"Cell {cell.Id} is known to the BBS", () => Task.FromResult(Cluster.Process(cell.Id).Log));
        });
    });

    [Fact]
    public Task Parts_that_stand_still_for_a_moment_one_after_another_change_nothing() => RunAsync(() => UnnoticedAsync(async () =>
    {
        foreach (var part in TestCluster.ControlPlane.Concat(Cluster.Cells.Select(cell => cell.Id)))
            await StandStillAsync(part, () => Task.Delay(Short));
    }));

    [Fact]
    public Task An_active_BBS_that_stands_still_is_replaced_and_stands_by_when_it_goes_on() => RunAsync(() => UnnoticedAsync(async () =>
    {
        var active = await Cluster.ActiveBbsAsync();
        await StandStillAsync($"bbs-{active}", () => Eventually.TrueAsync(() => Cluster.IsActiveAsync(1 - active), "the standby leads"));
        // It must know by its own clock that its term is over, before anybody tells it.
        var both = await Task.WhenAll(Cluster.IsActiveAsync(active), Cluster.IsActiveAsync(1 - active));
        Assert.NotEqual([true, true], both);
        await shared.WorksAsync();
    }));

    [Fact]
    public Task A_standby_that_stood_still_takes_over_as_any_other() => RunAsync(() => UnnoticedAsync(async () =>
    {
        var active = await Cluster.ActiveBbsAsync();
        await StandStillAsync($"bbs-{1 - active}", () => Task.Delay(Long));
        await Cluster.Process($"bbs-{active}").KillAsync();
        await Eventually.TrueAsync(() => Cluster.IsActiveAsync(1 - active), "the standby leads");
        Cluster.Start($"bbs-{active}");
    }));

    [Theory]
    [InlineData("auctioneer")]
    [InlineData("converger")]
    [InlineData("route-emitter")]
    public Task A_part_that_stands_still_loses_its_lock_and_takes_it_again(string part) => RunAsync(async () =>
    {
        await UnnoticedAsync(async () =>
        {
            await StandStillAsync(part, () => Eventually.TrueAsync(async () => await Cluster.LockOwnerAsync(part) is null, $"the lock of {part} is free"));
            await LockOwnerAsync(part);
        });
        await shared.WorksAsync();
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public Task The_instances_of_a_rep_that_stands_still_serve_until_others_do(int number) => RunAsync(async () =>
    {
        var cell = Cluster.Cells[number];
        var before = await shared.SpreadAsync();
        await using var visitors = Visitors.Of(before);
        await StandStillAsync(cell.Id, async () =>
        {
            await shared.LeaveAsync(cell);
            await visitors.StopAsync();
        });
        Assert.Empty(visitors.Failures);
        // It takes new work, too: the next fault wants instances on every cell.
        await shared.SpreadAsync();
    }, lost: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_database_that_goes_and_comes_back_is_noticed_by_no_instance(bool killed) => RunAsync(async () =>
    {
        await UnnoticedAsync(async () =>
        {
            await (killed ? Cluster.Database.KillAsync() : Cluster.Database.StopAsync());
            await Eventually.TrueAsync(
                async () => !await Cluster.IsActiveAsync(0) && !await Cluster.IsActiveAsync(1), "no BBS leads without its store");
            await Cluster.Database.StartAsync();
        });
        await shared.WorksAsync();
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Routers_hear_everything_again_when_NATS_comes_back(bool killed) => RunAsync(async () =>
    {
        await UnnoticedAsync(async () =>
        {
            await (killed ? Cluster.Nats.KillAsync() : Cluster.Nats.StopAsync());
            await shared.DesireAsync(Work.Site(Cluster, "unheard", 1, "unheard.example"));
            await Cluster.Watch.UntilAsync("unheard", rows => rows is [{ State: ActualLrpStateNames.Running }], Wait.Patience, CancellationToken.None);
            shared.Router.Clear();
            await Cluster.Nats.StartAsync();
        });
        await shared.RemoveAsync("unheard");
        await shared.SettledAsync();
    });

    [Fact]
    public Task A_cell_that_is_cut_off_for_a_moment_keeps_its_instances() => RunAsync(() =>
    {
        var cell = Cluster.Cells[0];
        return UnnoticedAsync(
            async () =>
            {
                await cell.Host.CutAsync();
                await Task.Delay(Short);
                await cell.Host.HealAsync();
            },
            row => row.ActualLrpInstanceKey.CellId != cell.Id);
    });

    [Fact]
    public Task The_instances_of_a_cell_that_is_cut_off_start_elsewhere_and_end_there_when_it_is_back() => RunAsync(async () =>
    {
        var cell = Cluster.Cells[1];
        var before = await shared.SpreadAsync();
        await using var visitors = Visitors.Of(before.Where(row => row.ActualLrpInstanceKey.CellId != cell.Id));
        await cell.Host.CutAsync();
        await shared.LeaveAsync(cell);
        await cell.Host.HealAsync();
        var after = await shared.SettledAsync();
        await visitors.StopAsync();
        Assert.Empty(visitors.Failures);
        Assert.DoesNotContain(after, row => row.ActualLrpInstanceKey.CellId == cell.Id);
        await shared.WorksAsync();
    }, lost: 1);

    [Fact]
    public Task A_BBS_that_is_killed_while_a_cell_is_cut_off_delays_the_replacements_and_loses_none() => RunAsync(async () =>
    {
        var cell = Cluster.Cells[2];
        var before = await shared.SpreadAsync();
        await using var visitors = Visitors.Of(before.Where(row => row.ActualLrpInstanceKey.CellId != cell.Id));
        await cell.Host.CutAsync();
        var active = await Cluster.ActiveBbsAsync();
        await Cluster.Process($"bbs-{active}").KillAsync();
        await shared.LeaveAsync(cell);
        Cluster.Start($"bbs-{active}");
        await cell.Host.HealAsync();
        await shared.SettledAsync();
        await visitors.StopAsync();
        Assert.Empty(visitors.Failures);
        await shared.WorksAsync();
    }, lost: 1);

    [Fact]
    public Task Reps_that_start_or_wake_while_no_BBS_is_there_stop_nothing() => RunAsync(() => UnnoticedAsync(async () =>
    {
        var (restarted, paused) = (Cluster.Cells[0], Cluster.Cells[1]);
        var containers = Cluster.Cells.Select(cell => cell.ContainerGuids()).ToList();
        await Cluster.Process("bbs-0").KillAsync();
        await Cluster.Process("bbs-1").KillAsync();

        await Cluster.Process(restarted.Id).KillAsync();
        Cluster.Start(restarted.Id);
        await StandStillAsync(paused.Id, () => Task.Delay(Long));
        foreach (var cell in (TestCell[])[restarted, paused])
            await Eventually.SaysAsync($"Cell {cell.Id} cannot be announced", () => Task.FromResult(Cluster.Process(cell.Id).Log));
        Assert.Contains($"with {containers[0].Count} containers of an earlier run", Cluster.Process(restarted.Id).Log, StringComparison.Ordinal);
        Assert.Equal(containers, Cluster.Cells.Select(cell => cell.ContainerGuids()));

        Cluster.Start("bbs-0");
        Cluster.Start("bbs-1");
    }));

    /// <summary>
    /// Runs a test; again, with more time for everybody, when a cell was lost that the test has not taken away: a machine that is too
    /// slow to renew a presence in time rightly loses its instances, and nothing is learned.
    /// </summary>
    /// <param name="lost">How many cells the test itself has the cluster lose.</param>
    private async Task RunAsync(Func<Task> test, int lost = 0)
    {
        for (var attempt = 1; ; attempt++)
        {
            await shared.SpreadAsync();
            var losses = shared.Losses.Count + lost;
            try
            {
                await Cluster.RunAsync(test);
                return;
            }
            catch (Exception) when (attempt < MaxAttempts)
            {
                if (!await shared.Losses.ExceedAsync(losses))
                    throw;
            }

            await Cluster.GiveMoreTimeAsync();
        }
    }

    /// <summary>A fault after which every instance of the site is the one that it was before, and has answered all the time.</summary>
    /// <param name="visited">Which instances can be reached during the fault; null: all.</param>
    private async Task UnnoticedAsync(Func<Task> fault, Func<ActualLRP, bool>? visited = null)
    {
        var before = await shared.SpreadAsync();
        await using var visitors = Visitors.Of(before.Where(visited ?? (_ => true)));
        await fault();
        var after = await shared.SettledAsync();
        await visitors.StopAsync();
        Assert.Equal(InstanceKeys(before), InstanceKeys(after));
        Assert.Empty(visitors.Failures);
        Assert.True(visitors.Requests >= before.Count(visited ?? (_ => true)));
    }

    private static IEnumerable<ActualLRPInstanceKey> InstanceKeys(IReadOnlyList<ActualLRP> rows) =>
        rows.OrderBy(row => row.ActualLrpKey.Index).Select(row => row.ActualLrpInstanceKey);

    private async Task StandStillAsync(string part, Func<Task> meanwhile)
    {
        await Cluster.Process(part).PauseAsync();
        await meanwhile();
        await Cluster.Process(part).ResumeAsync();
    }

    private async Task<string> NameAsync(string which) => which switch
    {
        Active => $"bbs-{await Cluster.ActiveBbsAsync()}",
        Standby => $"bbs-{1 - await Cluster.ActiveBbsAsync()}",
        _ => which,
    };

    /// <summary>Waits until somebody holds the part's lock; null for a part that has none.</summary>
    private async Task<string?> LockOwnerAsync(string part)
    {
        if (part is not ("auctioneer" or "converger" or "route-emitter"))
            return null;
        string? owner = null;
        await Eventually.TrueAsync(async () => (owner = await Cluster.LockOwnerAsync(part)) is not null, $"somebody holds the lock of {part}");
        return owner;
    }
}
