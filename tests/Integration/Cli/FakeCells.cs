using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Integration.Cli;

/// <summary>
/// Stands in for auctioneer, cells and converger: starts what waits, and removes what is not desired. Work whose command is <c>/bin/bad</c>
/// crashes, and <c>/bin/sick</c> is never ready.
/// </summary>
internal sealed class FakeCells(BbsHost bbs) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, int> _started = [];

    /// <summary>Called with the desired LRPs and the rows after every look.</summary>
    public Action<IReadOnlyList<DesiredLRP>, IReadOnlyList<ActualLRP>>? Seen { get; set; }

    /// <summary>Ends only with a failure.</summary>
    public Task Working { get; private set; } = Task.CompletedTask;

    public void Start() => Working = WorkAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await Working;
        }
        catch (OperationCanceledException)
        {
            // asked for
        }

        _stop.Dispose();
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            // In this order, each row that should be there has its LRP.
            var rows = await RowsAsync();
            var lrps = await ListAsync();
            Seen?.Invoke(lrps, rows);
            foreach (var row in rows)
                await HandleAsync(row, lrps.Find(lrp => lrp.ProcessGuid == row.ActualLrpKey.ProcessGuid));
            await Task.Delay(Pause, TimeProvider.System, _stop.Token);
        }
    }

    private async Task HandleAsync(ActualLRP row, DesiredLRP? lrp)
    {
        var (key, instance) = (row.ActualLrpKey, row.ActualLrpInstanceKey);
        if (lrp is null || key.Index >= lrp.Instances)
        {
            if (string.IsNullOrEmpty(instance?.CellId))
                return; // The BBS removes it.
            await TryAsync(() =>
                bbs
                    .CellLrps.RemoveAsync(
                        new RemoveActualLRPRequest
                        {
                            ProcessGuid = key.ProcessGuid,
                            Index = key.Index,
                            ActualLrpInstanceKey = instance,
                        }
                    )
                    .ResponseAsync
            );
            return;
        }

        if (row.State != ActualLrpStateNames.Unclaimed)
            return;
        var name = $"{key.ProcessGuid}-{key.Index}";
        _started[name] = _started.GetValueOrDefault(name) + 1;
        var made = A.Instance($"{name}-{_started[name]}");
        await TryAsync(async () =>
        {
            await bbs.CellLrps.ClaimAsync(Of(A.Claim(key.ProcessGuid, key.Index, made), key));
            var command = lrp.Action.RunAction.Path;
            if (command == "/bin/bad")
            {
                var crash = A.Crash(key.ProcessGuid, key.Index, made, "exited with status 7");
                crash.ActualLrpKey = key;
                await bbs.CellLrps.CrashAsync(crash);
                return;
            }

            var start = A.Start(key.ProcessGuid, key.Index, made);
            start.ActualLrpKey = key;
            if (command == "/bin/sick")
                start.Routable = false;
            await bbs.CellLrps.StartAsync(start);
        });
    }

    private static ClaimActualLRPRequest Of(ClaimActualLRPRequest claim, ActualLRPKey key)
    {
        (claim.ProcessGuid, claim.Index) = (key.ProcessGuid, key.Index);
        return claim;
    }

    // The row may have changed since it was read.
    private static async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (DomainException stale) when (stale.Kind is not (ErrorKind.Unavailable or ErrorKind.InvalidRequest))
        {
            // next time
        }
    }

    private async Task<List<DesiredLRP>> ListAsync()
    {
        var lrps = new List<DesiredLRP>();
        using var call = bbs.DesiredLrps.List(new ListDesiredLRPsRequest(), cancellationToken: _stop.Token);
        while (await call.ResponseStream.MoveNext(_stop.Token))
            lrps.AddRange(call.ResponseStream.Current.DesiredLrps);
        return lrps;
    }

    private async Task<List<ActualLRP>> RowsAsync()
    {
        var rows = new List<ActualLRP>();
        using var call = bbs.ActualLrps.List(new ListActualLRPsRequest(), cancellationToken: _stop.Token);
        while (await call.ResponseStream.MoveNext(_stop.Token))
            rows.AddRange(call.ResponseStream.Current.ActualLrps);
        return rows;
    }
}
