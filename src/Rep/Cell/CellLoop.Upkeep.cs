using Google.Protobuf;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Reconcile;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Cell;

internal sealed partial class CellLoop
{
    /// <summary>Refuses work until the runtime is healthy. Call before the loop runs.</summary>
    public void BeginUnwell() => _ledger.SetHealthy(false);

    /// <summary>Adopts a container that an earlier rep left, in any state. Call before the loop runs.</summary>
    public void Restore(JournalEntry entry)
    {
        var phase = entry switch
        {
            { Outcome: not null } => ContainerPhase.Completed,
            { RunningSince: not null } => ContainerPhase.Running,
            { Created: true } => ContainerPhase.Created,
            { Asking: true } => ContainerPhase.Reserved,
            _ => ContainerPhase.Initializing,
        };
        var allocation = new Allocation
        {
            ContainerGuid = entry.ContainerGuid,
            IsTask = entry.IsTask,
            ProcessGuid = entry.ProcessGuid,
            Index = entry.Index,
            Domain = entry.Domain,
            Demand = entry.Demand,
            State = ContainerPhases.StateOf(phase, entry.Outcome),
        };
        _ledger.Restore(allocation);
        var restored = Add(allocation);
        restored.Phase = phase;
        restored.Journal = NewJournal(entry);
        restored.Outcome = entry.Outcome;
        restored.Unreported = entry.Unreported;
        if (entry.Asking)
        {
            RestoreReservation(restored);
            return;
        }

        try
        {
            restored.Work = WorkDefinition.Of(entry);
            restored.Routable = ActionPhase.WasRoutable(restored.Work);
        }
        catch (InvalidProtocolBufferException failure)
        {
            _services.Logger.WorkUnreadable(entry.ContainerGuid, failure);
        }

        Publish();
        if (phase == ContainerPhase.Completed)
            RequestReport(restored);
        else if (restored.Work is not null)
            BeginRun(restored);
        else
            Complete(
                restored,
                new Outcome
                {
                    Failed = true,
                    Reason = ExitReasons.FailedToRun,
                    Retryable = !entry.Created,
                }
            );
    }

    private void RestoreReservation(CellContainer restored)
    {
        restored.StartAttempted = true;
        Publish();
        if (restored.Unreported)
            Delete(restored);
        else
            RequestReport(restored);
    }

    /// <summary>
    /// Drops expired reservations. One whose claim or start has no answer yet is kept: the BBS may have accepted it, and then the work would
    /// fail here only because the BBS is slow, and be given to another cell.
    /// </summary>
    public Task ExpireReservationsAsync() =>
        _mailbox.TellAsync(() =>
        {
            var oldest = _services.Time.GetUtcNow() - _options.ReservedExpiration;
            List<CellContainer> expired =
            [
                .. _containers.Values.Where(container =>
                    container is { Phase: ContainerPhase.Reserved, Reporting.AwaitsAnswer: false } && container.ReservedAt <= oldest
                ),
            ];
            foreach (var container in expired)
                Complete(container, new Outcome { Failed = true, Reason = ExitReasons.ExpiredContainer });
        });

    /// <summary>The containers as input for reconciliation.</summary>
    public Task<IReadOnlyList<ContainerView>> ViewAsync() =>
        _mailbox.AskPatientlyAsync<IReadOnlyList<ContainerView>>(() =>
            [
                .. _containers.Values.Select(container => new ContainerView(
                    container.Guid,
                    container.IsTask,
                    container.Key,
                    container.Phase,
                    container.Work is not null,
                    container is { IsTask: false, Phase: ContainerPhase.Running, NetInfo: not null } ? container.ToSubject(_options) : null
                )),
            ]
        );

    /// <summary>The phase of each container of the cell, by GUID.</summary>
    public Task<IReadOnlyDictionary<string, ContainerPhase>> PhasesAsync() =>
        _mailbox.AskPatientlyAsync<IReadOnlyDictionary<string, ContainerPhase>>(() =>
            _containers.Values.ToDictionary(container => container.Guid, container => container.Phase)
        );

    public Task<bool> HasAsync(string containerGuid) => _mailbox.AskPatientlyAsync(() => _containers.ContainsKey(containerGuid));

    public Task<bool> IsEmptyAsync() => _mailbox.AskPatientlyAsync(() => _containers.Count == 0);

    public Task ReportAsync(string containerGuid) => OnRunAsync(containerGuid, RequestReport);

    /// <summary>The runtime no longer has a container that should exist.</summary>
    public Task VanishedAsync(string containerGuid) =>
        OnRunAsync(
            containerGuid,
            container =>
            {
                if (container.Run is { } run && container.Phase != ContainerPhase.Completed)
                    Spawn(run.VanishedAsync());
            }
        );

    /// <summary>
    /// Stops and deletes all containers without reports, for a cell that shuts down for good. Returns the number of LRPs left.
    /// </summary>
    public Task<int> DeleteAllAsync() =>
        _mailbox.AskPatientlyAsync(() =>
        {
            List<CellContainer> all = [.. _containers.Values];
            foreach (var container in all)
                Delete(container);
            return all.Count(container => !container.IsTask);
        });
}
