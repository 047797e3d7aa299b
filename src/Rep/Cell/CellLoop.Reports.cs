using Google.Protobuf;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Cell;

internal sealed partial class CellLoop
{
    // Holds each container at most once.
    private readonly Queue<CellContainer> _reportsDue = [];
    private int _reportsActive;

    /// <summary>Requests a report, if one is due for the container. Its content is decided when it is sent.</summary>
    private void RequestReport(CellContainer container)
    {
        var progress = container.Reporting;
        if (progress.Active)
        {
            progress.Again = true;
            return;
        }

        if (progress.Queued)
            return;
        progress.Queued = true;
        _reportsDue.Enqueue(container);
        SendReports();
    }

    private void SendReports()
    {
        while (_reportsActive < _options.MaxConcurrentReports && _reportsDue.TryDequeue(out var container))
        {
            container.Reporting.Queued = false;
            var report = IsHere(container) ? NextReport(container) : Report.None;
            if (report == Report.None)
                continue;

            container.Reporting.Active = true;
            _reportsActive++;
            if (report == Report.EvacuateRunning)
                AnnounceReplacement(container);
            Spawn(
                report == Report.Destroy
                    ? DestroyAsync(container, container.Journal)
                    : ReportAsync(container, report, container.ToSubject(_options), WriteBeforeAsync(container, report))
            );
        }
    }

    private Report NextReport(CellContainer container)
    {
        if (container.Phase == ContainerPhase.Completed && (container.Unreported || container.Reported))
            return Report.Destroy;
        // A container that is stopping is reported when it has ended.
        if (container.Unreported)
            return Report.None;
        if (container.Phase != ContainerPhase.Completed && container.Journal?.Entry.StopRequestedAt is not null)
            return Report.None;
        // After a restart the addresses are unknown until the runtime has returned them.
        if (container is { Phase: ContainerPhase.Running, NetInfo: null })
            return Report.None;
        return container.IsTask
            ? TaskReports.Next(container.Phase, container.Outcome)
            : LrpReports.Next(container.Phase, container.Outcome, _ledger.Evacuating);
    }

    /// <summary>
    /// A task that the BBS has told to start is started nowhere else, so a rep that is killed before it has the answer must leave
    /// word of its question. A claim needs none: the next rep gives the instance back.
    /// </summary>
    private Task WriteBeforeAsync(CellContainer container, Report report)
    {
        if (report != Report.StartTask || container.Journal is not null)
            return Task.CompletedTask;
        container.Journal = NewJournal(EntryOf(container.Allocation) with { Asking = true });
        return container.Journal.UpdateAsync(entry => entry);
    }

    private async Task ReportAsync(CellContainer container, Report report, ReportSubject subject, Task written)
    {
        await written;
        var answer = await _sender.SendAsync(report, subject, _detach.Token);
        await _mailbox.TellAsync(() =>
        {
            if (answer.Kind == AnswerKind.Unreachable && report == Report.StartTask)
                container.StartAttempted = true;
            if (answer.Kind != AnswerKind.Taken)
                _services.Logger.NotTaken(container.Guid, report, answer.Kind, answer.Message);
            var effect = container.IsTask
                ? TaskReports.After(report, container.Phase, answer)
                : LrpReports.After(report, container.Phase, answer);
            EndReport(container, effect, answer);
        });
    }

    private void EndReport(CellContainer container, Effect effect, BbsAnswer answer)
    {
        var progress = container.Reporting;
        progress.Active = false;
        _reportsActive--;
        if (effect != Effect.Retry)
            progress.Failures = 0;
        Apply(container, effect, answer);
        if (progress.Again)
        {
            progress.Again = false;
            RequestReport(container);
        }

        SendReports();
    }

    private void Apply(CellContainer container, Effect effect, BbsAnswer answer)
    {
        switch (effect)
        {
            case Effect.Run:
                Initialize(container, (IMessage?)answer.Lrp ?? answer.Task!);
                break;
            case Effect.Abandon:
                Complete(container, new Outcome { Stopped = true, Reason = "no longer desired" });
                break;
            case Effect.Stop:
                Spawn(Stop(container));
                break;
            case Effect.Delete:
                Delete(container);
                break;
            case Effect.Reported:
                container.Reported = true;
                RequestReport(container);
                break;
            case Effect.Retry when !container.Reporting.RetryPending:
                container.Reporting.RetryPending = true;
                Spawn(RetryAsync(container, RetryDelay(++container.Reporting.Failures)));
                break;
            case Effect.None or Effect.Retry:
                break;
        }
    }

    private async Task RetryAsync(CellContainer container, TimeSpan delay)
    {
        await Task.Delay(delay, _services.Time, _detach.Token);
        await _mailbox.TellAsync(() =>
        {
            container.Reporting.RetryPending = false;
            RequestReport(container);
        });
    }

    /// <summary>Between half and all of the back-off, so that cells do not retry in lockstep.</summary>
    private TimeSpan RetryDelay(int failures) =>
        Jitter.Of(new Backoff(_options.RetryMin, _options.RetryMax).After(failures), 0.5, _random.NextDouble());

    private async Task DestroyAsync(CellContainer container, ContainerJournal? journal)
    {
        var reservation = journal is null or { Entry.Asking: true };
        // No run existed for a container that this rep found already ended.
        if (container is { Run: null, Outcome: { } outcome } && !reservation)
            await LogKeeping.KeepAsync(_services, journal!.Entry, outcome, container.Work, container.Log, _detach.Token);
        // A mere reservation has nothing to destroy.
        var gone = reservation || await TryDestroyAsync(container.Guid, container.Log, container.Work?.LogSource ?? "LOG");
        if (gone && journal is not null)
            await journal.RemoveAsync();
        await _mailbox.TellAsync(() =>
        {
            if (gone)
                Remove(container);
            EndReport(container, gone ? Effect.None : Effect.Retry, BbsAnswer.Taken);
        });
    }

    private async Task<bool> TryDestroyAsync(string guid, ContainerLog log, string logSource)
    {
        log.Say(logSource, LogStream.Stdout, $"Cell {_options.CellId} destroying container for instance {guid}");
        var began = _services.Time.GetTimestamp();
        try
        {
            await _services.Runtime.DestroyAsync(guid, _detach.Token);
            await _services.ContainerFiles.RemoveAsync(guid, _detach.Token);
            _services.Identity?.Remove(guid);
            _services.Metrics.ContainerDestroyed(_services.Time.GetElapsedTime(began), succeeded: true);
            log.Say(logSource, LogStream.Stdout, $"Cell {_options.CellId} successfully destroyed container for instance {guid}");
            return true;
        }
        catch (Exception failure) when (!_detach.IsCancellationRequested)
        {
            _services.Metrics.ContainerDestroyed(_services.Time.GetElapsedTime(began), succeeded: false);
            _services.Logger.DestroyFailed(guid, failure);
            return false;
        }
    }

    private void Remove(CellContainer container)
    {
        _containers.Remove(container.Guid);
        _ledger.Release(container.Guid);
        container.Log.End();
    }

    private void AnnounceReplacement(CellContainer container)
    {
        if (container.ReplacementAnnounced)
            return;
        container.ReplacementAnnounced = true;
        container.Log.Say(
            container.Work?.LogSource ?? "LOG",
            LogStream.Stdout,
            $"Cell {_options.CellId} requesting replacement for instance {container.Guid}"
        );
    }

    private bool IsHere(CellContainer container) => _containers.GetValueOrDefault(container.Guid) == container;
}
