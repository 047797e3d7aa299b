using Scheduler.Contracts.V1;
using Scheduler.Tests.EndToEnd.Cluster;

namespace Scheduler.Tests.EndToEnd;

/// <summary>
/// Every component is killed and paused, every server restarted, every kind of link cut, with real processes and containers. After each
/// fault, desired equals actual again, from the store to the sockets.
/// </summary>
public abstract class FaultTests(FaultCluster shared) : IClassFixture<FaultCluster>
{
    private const int MaxAttempts = 4;

    protected FaultCluster Shared => shared;

    private protected TestCluster Cluster => shared.Cluster;

    protected TimeSpan Short => Cluster.Times.LockTtl / 3;

    protected TimeSpan Long => Cluster.Times.Ttl * 1.3;

    /// <summary>
    /// Runs a test. Repeats it with longer times if a cell was lost that the test did not take away: a machine too slow to renew a presence
    /// in time rightly loses its instances, and the test proves nothing.
    /// </summary>
    /// <param name="lost">Number of cells that the test itself causes the cluster to lose.</param>
    protected async Task RunAsync(Func<Task> test, int lost = 0)
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

    /// <summary>A fault after which every instance of the site is the same as before and has answered all the time.</summary>
    /// <param name="visited">The instances that can be reached during the fault; null for all.</param>
    private protected async Task UnnoticedAsync(Func<Task> fault, Func<ActualLRP, bool>? visited = null)
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

    protected async Task StandStillAsync(string part, Func<Task> meanwhile)
    {
        await Cluster.Process(part).PauseAsync();
        await meanwhile();
        await Cluster.Process(part).ResumeAsync();
    }
}
