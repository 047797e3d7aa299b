using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Converger.Model;
using Scheduler.Hosting;
using Scheduler.Hosting.Events;
using Scheduler.Models;
using Command = Scheduler.Converger.Rules.Terms.ConvergenceCommand;

namespace Scheduler.Converger.Loop;

/// <summary>
/// The converger's main loop. It updates the model from the BBS's event stream, decides on what changes or falls due, and sends the
/// commands. One loop owns all state, so there are no locks. It waits for the next event, the next due time, or the answer to a call.
/// </summary>
internal sealed class ConvergerLoop
{
    // After this many events in a row, due times and commands are handled too.
    private const int MaxEventsPerTurn = 1000;

    private readonly ConvergerOptions _options;
    private readonly ConvergerEngine _engine;
    private readonly EventReader _reader;
    private readonly ContradictionAlarm _alarm;
    private readonly CommandSender _sender;
    private readonly LossReporter _reporter;
    private readonly ConvergerMetrics _metrics;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action _loaded;
    private readonly EventFollower _follower;
    private readonly List<Command> _outbox = [];
    private DateTimeOffset? _decideAt;
    private DateTimeOffset? _readableAt;
    private DateTimeOffset _auditAt;
    private Rules.Cells.LossMode _lossMode;

    /// <param name="loaded">Called when the first snapshot is complete.</param>
    /// <param name="rules">Replacement rules for tests; null uses the default ones.</param>
    public ConvergerLoop(
        ConvergerOptions options,
        IConvergerBbs bbs,
        Action loaded,
        ConvergerMetrics metrics,
        Random random,
        TimeProvider time,
        ILogger<ConvergerLoop> logger,
        Rules.Convergence? rules = null
    )
    {
        (_options, _loaded, _metrics, _random, _time, _logger) = (options, loaded, metrics, random, time, logger);
        _engine = new ConvergerEngine(rules ?? Rules.Convergence.Default, options.Timings, options.LossPolicy, options.RepeatAfter);
        _engine.CellGivenUp = cell =>
        {
            metrics.CellsLost.Add(1);
            logger.CellLost(cell.Value);
            _reporter!.GivenUp(cell);
        };
        _alarm = new ContradictionAlarm(metrics, logger);
        _engine.Undecidable = _alarm.Raise;
        _reader = new EventReader(_engine.Model, _alarm.Raise);
        _sender = new CommandSender(bbs, options.BatchSize, metrics, logger);
        _reporter = new LossReporter(bbs, options, logger);
        _follower = new EventFollower(bbs, new FollowRequest(), _ => Jittered(options.RetryPause), time, logger)
        {
            LeavesWhileWaiting = true,
        };
    }

    /// <summary>
    /// Converges until cancelled. Starts with a new snapshot, because the model lacks what happened while another converger led.
    /// </summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        _follower.Forget();
        return _follower.RunAsync(ConvergeAsync, cancellationToken);
    }

    /// <summary>Reads one stream to its end and converges meanwhile.</summary>
    private async Task<bool> ConvergeAsync(EventStream stream)
    {
        if (stream.BeginsWithSnapshot)
        {
            _engine.Reset(_time.GetUtcNow());
            _alarm.Begin();
        }
        // Decide nothing from the previous stream's state: cells may have returned since.
        _readableAt = null;
        var next = stream.MoveNextAsync();
        try
        {
            while (true)
            {
                for (var taken = 0; next.IsCompleted && taken < MaxEventsPerTurn; taken++)
                {
                    if (!await next)
                        return false;
                    Take(stream.Take());
                    next = stream.MoveNextAsync();
                }
                await TurnAsync(stream.Ending);
                await WaitAsync(next, stream.Ending);
            }
        }
        finally
        {
            await stream.DisposeAsync();
            await ForgetUnsentAsync();
        }
    }

    private void Take(Event change)
    {
        var now = _time.GetUtcNow();
        if (_readableAt is null)
        {
            // The BBS answers. The events that were missed arrive immediately; wait for them.
            _readableAt = now + _options.Gather;
            _decideAt = _readableAt;
        }
        if (_reader.Apply(change, now))
            Begin(now);
        if (_engine.HasDirty || IsOfAbsence(change.PayloadCase))
            _decideAt ??= now + _options.Gather;
    }

    private static bool IsOfAbsence(Event.PayloadOneofCase kind) =>
        kind is Event.PayloadOneofCase.CellAppeared or Event.PayloadOneofCase.CellDisappeared or Event.PayloadOneofCase.CellAbsent;

    /// <summary>
    /// Whether the model is complete and current. During an unfinished snapshot, rows still to come look missing; while the BBS is silent,
    /// cells that have returned look absent.
    /// </summary>
    private bool IsReadable(DateTimeOffset now) => _follower.HasSnapshot && _readableAt <= now;

    private void Begin(DateTimeOffset now)
    {
        _engine.Model.SnapshotComplete();
        _auditAt = now + _options.AuditInterval;
        _logger.SnapshotComplete(_engine.Model.DirtySlots.Count, _engine.Model.TaskCount, _engine.Model.Cells.Present);
        _loaded();
    }

    /// <summary>Does everything that is due now, except reading.</summary>
    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        if (!IsReadable(now))
            return;
        var lost = await _sender.TakeAnswerAsync();
        if (lost.Count > 0)
        {
            // One time for all, so that they share a call again.
            var again = now + Jittered(_options.RetryPause);
            foreach (var command in lost)
                _engine.NotDelivered(command, again);
        }
        if (_engine.HasDirty)
            _decideAt ??= now;
        if (_decideAt <= now || _engine.NextDue <= now)
            Decide(now);
        if (_auditAt <= now && !_engine.HasDirty)
            Audit(now);
        _sender.Enqueue(_outbox);
        _outbox.Clear();
        _sender.SendNext(cancellationToken);
        await _reporter.TurnAsync(_engine.Model, now, cancellationToken);
        Watch(now);
    }

    private void Decide(DateTimeOffset now)
    {
        _engine.Step(now, _options.OutboxLimit - _sender.Count, _outbox);
        _decideAt = null;
    }

    private void Audit(DateTimeOffset now)
    {
        _alarm.Begin();
        var began = _time.GetTimestamp();
        var missed = _engine.Audit(now, _outbox);
        _auditAt = now + _options.AuditInterval;
        _metrics.Audits.Add(1);
        _metrics.AuditDuration.Record(_time.GetElapsedTime(began).TotalSeconds);
        if (missed == 0)
            return;
        _metrics.Missed.Add(missed);
        _logger.AuditFound(missed);
    }

    private void Watch(DateTimeOffset now)
    {
        var cells = _engine.Model.Cells;
        _metrics.Cells(cells.Present, cells.Unheard, cells.Kept, cells.Mode);
        _metrics.Waiting(_engine.Model.DirtySlots.Count + _engine.Model.DirtyTasks.Count + _sender.Count);
        if (cells.Mode == _lossMode)
            return;
        _lossMode = cells.Mode;
        switch (_lossMode)
        {
            case Rules.Cells.LossMode.Paced:
                _logger.LossPaced(cells.Unheard, cells.Present, _options.PacedCellsPerSecond);
                break;
            case Rules.Cells.LossMode.Held:
                _logger.LossHeld(cells.Unheard, cells.Present, (cells.HeldUntil!.Value - now).TotalSeconds);
                break;
            case Rules.Cells.LossMode.AtOnce:
                _logger.LossAtOnce();
                break;
        }
    }

    private async Task WaitAsync(Task next, CancellationToken cancellationToken)
    {
        if (next.IsCompleted || !_follower.HasSnapshot || _readableAt is null)
        {
            await Waits.EndAsync(next);
            return;
        }
        // Not linked: a cancelled delay completes on the thread pool. The stream is cancelled with the loop and ends the wait.
        using var awake = new CancellationTokenSource();
        var waits = new List<Task> { next };
        if (_sender.Call is { } call)
            waits.Add(call);
        if (_reporter.Call is { } report)
            waits.Add(report);
        var now = _time.GetUtcNow();
        var until = Until();
        cancellationToken.ThrowIfCancellationRequested();
        if (until <= now)
            return;
        // Timers truncate to whole milliseconds. Round up, so that what was waited for is due on waking.
        waits.Add(Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling((until - now).TotalMilliseconds)), _time, awake.Token));
        await Task.WhenAny(waits.Select(Waits.EndAsync));
        // Not CancelAsync: it would use the thread pool, and this loop must stay on its caller's context.
        awake.Cancel();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private DateTimeOffset Until()
    {
        if (_readableAt > _time.GetUtcNow())
            return _readableAt.Value;
        // What is still dirty after a turn continues immediately, unless the outbox is full; the answer to a call makes room.
        var until = _decideAt ?? DateTimeOffset.MaxValue;
        if (_engine.HasDirty && _decideAt is null && _sender.Count < _options.OutboxLimit)
            until = DateTimeOffset.MinValue;
        if (_engine.NextDue < until)
            until = _engine.NextDue.Value;
        if (_reporter.NextDue < until)
            until = _reporter.NextDue.Value;
        if (!_engine.HasDirty && _auditAt < until)
            until = _auditAt;
        // Timers cannot wait longer than about 49 days; the audit comes sooner anyway.
        var latest = _time.GetUtcNow() + _options.AuditInterval;
        return until < latest ? until : latest;
    }

    /// <summary>Forgets unanswered commands; the next stream decides them again.</summary>
    private async Task ForgetUnsentAsync()
    {
        await _sender.DropAsync();
        await _reporter.DropAsync();
        _outbox.Clear();
        _engine.ForgetSent();
        _decideAt = null;
    }

    private TimeSpan Jittered(TimeSpan pause) => Jitter.Of(2 * pause, 0.5, _random.NextDouble());
}
