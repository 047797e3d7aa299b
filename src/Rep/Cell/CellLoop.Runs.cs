using Google.Protobuf;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Cell;

internal sealed partial class CellLoop
{
    Task IRunEvents.CreatedAsync(string containerGuid, ContainerInfo container) =>
        OnRunAsync(
            containerGuid,
            known =>
            {
                known.NetInfo = ReportSubject.NetInfoOf(container, _options.AdvertiseAddress);
                if (known.Phase == ContainerPhase.Initializing)
                    known.Phase = ContainerPhase.Created;
            }
        );

    Task IRunEvents.RunningAsync(string containerGuid, bool routable) =>
        OnRunAsync(
            containerGuid,
            known =>
            {
                known.Routable = routable;
                if (known.Phase == ContainerPhase.Created)
                    MoveTo(known, ContainerPhase.Running);
                ReportIfRunning(known);
            }
        );

    Task IRunEvents.RoutableAsync(string containerGuid, bool routable) =>
        OnRunAsync(
            containerGuid,
            known =>
            {
                known.Routable = routable;
                ReportIfRunning(known);
            }
        );

    Task IRunEvents.CompletedAsync(string containerGuid, Outcome outcome) => OnRunAsync(containerGuid, known => Complete(known, outcome));

    private Task OnRunAsync(string containerGuid, Action<CellContainer> news) =>
        _mailbox.TellAsync(() =>
        {
            if (_containers.GetValueOrDefault(containerGuid) is { } container)
                news(container);
        });

    /// <summary>The claim or start returned the work definition: write it to the journal, then create and run the container.</summary>
    private void Initialize(CellContainer container, IMessage work)
    {
        var entry = EntryOf(container.Allocation) with { Work = work.ToByteArray() };
        container.Journal = NewJournal(entry);
        container.Work = WorkDefinition.Of(entry);
        MoveTo(container, ContainerPhase.Initializing);
        BeginRun(container);
    }

    private void BeginRun(CellContainer container)
    {
        var run = container.Run = new ContainerRun(_services, container.Journal!, container.Work!, container.Log, this);
        Spawn(SuperviseAsync(container, run));
    }

    private async Task SuperviseAsync(CellContainer container, ContainerRun run)
    {
        try
        {
            await container.Journal!.UpdateAsync(entry => entry);
            await run.RunAsync(_detach.Token);
        }
        catch (Exception failure) when (!_detach.IsCancellationRequested)
        {
            // The run's own error handling failed; the container must not remain without supervision.
            _services.Logger.RunLost(container.Guid, failure);
            await _mailbox.TellAsync(() =>
                Complete(
                    container,
                    new Outcome
                    {
                        Failed = true,
                        Reason = ExitReasons.FailedToRun,
                        Retryable = true,
                    }
                )
            );
        }
    }

    private void Complete(CellContainer container, Outcome outcome)
    {
        if (container.Phase == ContainerPhase.Completed)
            return;
        container.Outcome = outcome;
        MoveTo(container, ContainerPhase.Completed);
        RequestReport(container);
    }

    private void MoveTo(CellContainer container, ContainerPhase phase)
    {
        container.Phase = phase;
        _ledger.SetState(container.Guid, ContainerPhases.StateOf(phase, container.Outcome));
        if (phase == ContainerPhase.Completed)
            _services.Logger.Completed(container.Guid, container.Outcome!.Stopped, container.Outcome.Reason);
    }

    private static JournalEntry EntryOf(Allocation allocation) =>
        new()
        {
            ContainerGuid = allocation.ContainerGuid,
            IsTask = allocation.IsTask,
            ProcessGuid = allocation.ProcessGuid,
            Index = allocation.Index,
            Domain = allocation.Domain,
            Demand = allocation.Demand,
            Work = [],
        };

    private ContainerJournal NewJournal(JournalEntry entry) =>
        new(_journal, entry, failure => _services.Logger.JournalFailed(entry.ContainerGuid, failure));
}
