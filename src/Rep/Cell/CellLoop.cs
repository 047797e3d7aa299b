using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;

namespace Scheduler.Rep.Cell;

/// <summary>
/// The single writer of a cell's state. Every event (work arrives, a process exits, the BBS answers) passes through the mailbox as a
/// short step that decides and starts the follow-up; a step never waits. The steps are in partial files by topic: Work (external
/// calls), Runs (events of containers), Reports (reports to the BBS), Upkeep.
/// </summary>
internal sealed partial class CellLoop : IRunEvents
{
    private readonly RepOptions _options;
    private readonly CellLedger _ledger;
    private readonly StateFeed _feed;
    private readonly RunServices _services;
    private readonly ReportSender _sender;
    private readonly ICellJournal _journal;
    private readonly Func<Guid> _newGuid;
    private readonly Random _random;
    private readonly Mailbox _mailbox;
    private readonly SortedDictionary<string, CellContainer> _containers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _detach = new();
    private readonly List<Task> _tasks = [];
    private int _pruneTasksAt = 64;

    /// <param name="random">Used for jitter only.</param>
    public CellLoop(CellLedger ledger, RunServices services, ReportSender sender, ICellJournal journal, Func<Guid> newGuid, Random random)
    {
        (_options, _ledger, _services, _sender, _journal, _newGuid, _random) = (
            services.Options,
            ledger,
            services,
            sender,
            journal,
            newGuid,
            random
        );
        _feed = new StateFeed(ledger, _options.StateHistory);
        _mailbox = new Mailbox(_options.MailboxLimit);
    }

    /// <summary>Number of queued steps, without the one that is running.</summary>
    public int Waiting => _mailbox.Waiting;

    /// <summary>Runs until cancelled; then detaches from all containers and leaves them as they are.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _mailbox.WaitAsync(cancellation))
                Step();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }

        _detach.Cancel();
        _mailbox.Close();
        Step();
        await Task.WhenAll(_tasks);
        _detach.Dispose();
    }

    private void Step()
    {
        while (_mailbox.TryTake(out var post))
        {
            post();
            Publish();
        }
    }

    private void Publish()
    {
        if (_ledger.Commit() is not { } change)
            return;
        _feed.Add(change);
        _services.Metrics.Capacity(_ledger.Profile.Total, _ledger.Available, _containers.Count, _ledger.StartingCount);
    }

    /// <summary>Tracks a task until it ends, so that shutdown can wait for it.</summary>
    private void Spawn(Task task)
    {
        if (_tasks.Count >= _pruneTasksAt)
        {
            _tasks.RemoveAll(known => known.IsCompleted);
            _pruneTasksAt = Math.Max(64, 2 * _tasks.Count);
        }

        _tasks.Add(GuardAsync(task));
    }

    private async Task GuardAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (_detach.IsCancellationRequested) { }
        catch (Exception failure)
        {
            _services.Logger.StepFailed(_options.CellId, failure);
        }
    }
}
