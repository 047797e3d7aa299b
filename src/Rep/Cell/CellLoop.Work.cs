using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Cell;

internal sealed partial class CellLoop
{
    /// <summary>Reserves what fits and begins to start it.</summary>
    /// <returns>The answer, and the revision that includes all accepted work.</returns>
    public Task<(WorkAnswer Answer, ulong Revision)> PerformWorkAsync(IReadOnlyList<LrpOffer> lrps, IReadOnlyList<TaskOffer> tasks) =>
        _mailbox.AskAsync(() =>
        {
            var answer = _ledger.Offer(lrps, tasks, NewInstanceGuid);
            foreach (var taken in answer.Taken)
                RequestReport(Add(taken));
            Publish();
            return (answer, _ledger.Revision);
        });

    /// <summary>Returns when the stop has begun.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.ResourceNotFound"/> if this cell has no container of that
    /// instance.</exception>
    public async Task StopLrpAsync(LrpKey key, string instanceGuid) => await await _mailbox.AskAsync(() => Stop(Find(key, instanceGuid)));

    /// <summary>Sets new routes and tags, reports them to the BBS at once and keeps them across restarts of the rep.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.ResourceNotFound"/> if this cell has no container of that
    /// instance.</exception>
    public async Task UpdateLrpAsync(
        LrpKey key,
        string instanceGuid,
        IReadOnlyList<string> internalRoutes,
        IReadOnlyDictionary<string, string> metricTags
    ) =>
        await await _mailbox.AskAsync(async () =>
        {
            var container = Find(key, instanceGuid);
            // A reservation receives them with its claim.
            if (container.Journal is not { } journal)
                return;
            await journal.UpdateAsync(entry => entry with { InternalRoutes = internalRoutes, MetricTags = metricTags });
            await _mailbox.TellAsync(() => ReportIfRunning(container));
        });

    /// <summary>Stops and deletes the task at once, without a report. Succeeds if the task is not on this cell.</summary>
    public Task CancelTaskAsync(string taskGuid) =>
        _mailbox.AskAsync(() =>
        {
            if (_containers.GetValueOrDefault(taskGuid) is { IsTask: true } container)
                Delete(container);
            return true;
        });

    /// <summary>
    /// Refuses all work from now on and has the containers replaced elsewhere. Returns false if evacuation had already begun.
    /// </summary>
    public Task<bool> BeginEvacuationAsync() =>
        _mailbox.AskAsync(() =>
        {
            if (!_ledger.BeginEvacuation())
                return false;
            foreach (var container in _containers.Values)
            {
                if (!container.IsTask)
                    RequestReport(container);
            }

            return true;
        });

    /// <summary>The changes since a revision, or the whole state; waits for a change if the reader holds the latest revision.</summary>
    /// <param name="after">The revision that the reader holds; 0: none.</param>
    public async Task<StateRead> ReadStateAsync(ulong after, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await Waits.ForAsync(_mailbox.AskPatientlyAsync(() => _feed.Read(after)), cancellation);
            if (read.Full is not null || read.Changes.Count > 0)
                return read;
            await Waits.EndAsync(read.Next, cancellation);
        }
    }

    /// <exception cref="DomainException">With <see cref="ErrorKind.ResourceNotFound"/> if there is no such container.</exception>
    public Task<(ContainerLog Log, long BytesPerSecond)> LogOfAsync(string containerGuid) =>
        _mailbox.AskAsync(() =>
            _containers.GetValueOrDefault(containerGuid) is { } container
                ? (container.Log, container.Work?.LogBytesPerSecond ?? -1)
                : throw DomainError.NotFound($"container {containerGuid}").ToException()
        );

    /// <summary>What is known of a container that a client wants to reach into.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.ResourceNotFound"/> if there is no such container.</exception>
    public Task<AccessSubject> SubjectOfAsync(string containerGuid) =>
        _mailbox.AskAsync(() =>
            _containers.GetValueOrDefault(containerGuid) is { } container
                ? new AccessSubject(
                    containerGuid,
                    container.IsTask ? containerGuid : $"{container.Key.ProcessGuid}/{container.Key.Index}",
                    container.Phase,
                    container.Work
                )
                : throw DomainError.NotFound($"container {containerGuid}").ToException()
        );

    public Task SetHealthyAsync(bool healthy) => _mailbox.TellAsync(() => _ledger.SetHealthy(healthy));

    private CellContainer Add(Allocation allocation)
    {
        var container = new CellContainer(allocation, new ContainerLog(_services.Time), _services.Time.GetUtcNow());
        _containers.Add(container.Guid, container);
        return container;
    }

    private CellContainer Find(LrpKey key, string instanceGuid) =>
        _containers.GetValueOrDefault(instanceGuid) is { IsTask: false } container && container.Key == key
            ? container
            : throw DomainError.NotFound($"instance {instanceGuid} of {key}").ToException();

    /// <summary>The returned task completes when the stop has begun.</summary>
    private Task Stop(CellContainer container)
    {
        switch (container.Phase)
        {
            case ContainerPhase.Completed:
                return Task.CompletedTask;
            case ContainerPhase.Reserved:
                Complete(container, new Outcome { Stopped = true, Reason = ExitReasons.StoppedBeforeRunning });
                return Task.CompletedTask;
            default:
                return container.Run?.StopAsync() ?? Task.CompletedTask;
        }
    }

    private void Delete(CellContainer container)
    {
        if (!container.Unreported)
        {
            container.Unreported = true;
            if (container.Journal is { } journal)
                Spawn(journal.UpdateAsync(entry => entry with { Unreported = true }));
        }

        Spawn(Stop(container));
        RequestReport(container);
    }

    private void ReportIfRunning(CellContainer container)
    {
        // To the BBS a task is running from its start.
        if (container is { IsTask: false, Phase: ContainerPhase.Running })
            RequestReport(container);
    }

    /// <summary>Diego's format: the first 28 characters of a random GUID.</summary>
    private string NewInstanceGuid() => _newGuid().ToString()[..28];
}
