using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.State;
using Scheduler.Contracts.Work;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Sends stops, updates and cancellations to reps: one call per cell at a time, many cells concurrently. Before each attempt, the state
/// tells whether the call is still needed and where it goes.
/// </summary>
internal sealed class RepCalls(
    Func<BbsState> state,
    IRepClient client,
    OutboundOptions options,
    RetryWait retry,
    TimeProvider time,
    ILogger logger
)
{
    private readonly LaneQueue<RepCall> _queue = new(options.RepQueueLength);

    public int Waiting => _queue.Count;

    public void Stop(ActualLRP row) => Add(row.CellId(), $"stop {row.InstanceGuid()}", new RepCall.Stop(row));

    public void Update(ActualLRP row) => Add(row.CellId(), $"update {row.InstanceGuid()}", new RepCall.Update(row));

    public void Cancel(string taskGuid, string cellId) => Add(cellId, $"cancel {taskGuid}", new RepCall.Cancel(taskGuid));

    /// <summary>Calls the cell now, for a caller that waits for the answer.</summary>
    /// <exception cref="DomainException">The rep did not accept the call after all attempts.</exception>
    public Task StopNowAsync(ActualLRP row, CancellationToken cancellationToken) =>
        TryAsync(row.CellId(), new RepCall.Stop(row), cancellationToken);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var workers = new Task[options.RepWorkers];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = WorkAsync(cancellationToken);
        await Task.WhenAll(workers);
    }

    private void Add(string cellId, string key, RepCall call)
    {
        if (!_queue.TryAdd(cellId, key, call))
            logger.RepCallDropped(key, cellId, options.RepQueueLength);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (cellId, call) = await _queue.TakeAsync(cancellationToken);
            try
            {
                await TryAsync(cellId, call, cancellationToken);
            }
            catch (DomainException e)
            {
                logger.RepCallFailed(e, call.ToString(), cellId, options.RepTries);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // A call that cannot even be built must not block all others.
                logger.RepCallBroke(e, call.ToString(), cellId);
            }
            finally
            {
                _queue.Done(cellId);
            }
        }
    }

    private async Task TryAsync(string cellId, RepCall call, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var now = state();
            // The call is superseded, or the cell is absent; a lost cell is handled elsewhere.
            if (!call.StillWanted(now) || !now.Cells.TryGetValue(cellId, out var cell))
                return;
            using var patience = new CancellationTokenSource(options.CallTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            try
            {
                await call.SendAsync(client, cell.Presence.RepUrl, now, either.Token);
                return;
            }
            catch (DomainException e) when (e.Kind == ErrorKind.ResourceNotFound)
            {
                // The container does not exist, so the goal is reached. The rep removes the row when it reconciles.
                return;
            }
            catch (DomainException) when (tries < options.RepTries) { }
            catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                if (tries >= options.RepTries)
                    throw new DomainError(
                        ErrorKind.Timeout,
                        $"the rep of cell {cellId} did not answer within {options.CallTimeout.TotalSeconds} s"
                    ).ToException();
            }
            await retry.WaitAsync(tries, cancellationToken);
        }
    }
}

/// <summary>One call to a rep.</summary>
internal abstract record RepCall
{
    private RepCall() { }

    public abstract bool StillWanted(BbsState state);

    public abstract Task SendAsync(IRepClient client, string url, BbsState state, CancellationToken cancellationToken);

    private static bool IsHeld(BbsState state, ActualLRP row) =>
        state.Find(row.RowKey()) is { } now && now.IsOnCell() && now.Is(row.ActualLrpInstanceKey);

    public sealed record Stop(ActualLRP Row) : RepCall
    {
        public override bool StillWanted(BbsState state) => IsHeld(state, Row);

        public override Task SendAsync(IRepClient client, string url, BbsState state, CancellationToken cancellationToken) =>
            client.StopAsync(
                url,
                new StopLRPRequest { ActualLrpKey = Row.ActualLrpKey, ActualLrpInstanceKey = Row.ActualLrpInstanceKey },
                cancellationToken
            );

        public override string ToString() => $"stop {Row.Slot()} {Row.InstanceGuid()}";
    }

    public sealed record Update(ActualLRP Row) : RepCall
    {
        public override bool StillWanted(BbsState state) => IsHeld(state, Row) && state.DesiredLrps.ContainsKey(Row.ProcessGuid());

        public override Task SendAsync(IRepClient client, string url, BbsState state, CancellationToken cancellationToken)
        {
            var lrp = state.DesiredLrps[Row.ProcessGuid()];
            var request = new UpdateLRPRequest { ActualLrpKey = Row.ActualLrpKey, ActualLrpInstanceKey = Row.ActualLrpInstanceKey };
            request.InternalRoutes.AddRange(
                InternalRoutes.HostnamesOf(lrp).Select(hostname => new ActualLRPInternalRoute { Hostname = hostname })
            );
            request.MetricTags.Add(DesiredLrpRules.MetricTagsOf(lrp, Row.Index(), Row.InstanceGuid()));
            return client.UpdateAsync(url, request, cancellationToken);
        }

        public override string ToString() => $"update {Row.Slot()} {Row.InstanceGuid()}";
    }

    public sealed record Cancel(string TaskGuid) : RepCall
    {
        // The row no longer names the cell that ran the task; the rep knows whether there is anything to cancel.
        public override bool StillWanted(BbsState state) => true;

        public override Task SendAsync(IRepClient client, string url, BbsState state, CancellationToken cancellationToken) =>
            client.CancelAsync(url, new CancelRepTaskRequest { TaskGuid = TaskGuid }, cancellationToken);

        public override string ToString() => $"cancel task {TaskGuid}";
    }
}
