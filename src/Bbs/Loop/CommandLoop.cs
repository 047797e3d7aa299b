using System.Threading.Channels;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Hosting;

namespace Scheduler.Bbs.Loop;

/// <summary>
/// The only writer of the state. Takes the waiting commands, decides each on the state left by the previous ones, and makes the whole
/// batch durable in one commit. Only then does it publish the state and the events, answer the callers and hand over the follow-ups.
/// </summary>
/// <remarks>
/// While one batch is on its way to the store, the next one is decided on the state that it will leave. If the commit fails, nothing of
/// the next batch has been answered or shown, so its commands are decided again without the failed ones.
/// </remarks>
internal sealed class CommandLoop
{
    private readonly CommandLoopParts _parts;
    private readonly Channel<Command> _queue;
    private readonly PresenceClock _presences;
    private readonly Expiry _expiry;
    private readonly ITimer _wakeUp;

    // Taken, but to be decided again: first in line for the next batch.
    private readonly Queue<Command> _putBack = [];

    // The batch that is being decided and the one before it. No other can have commands without an answer.
    private Batch? _newer;
    private Batch? _older;
    private BbsState _state;

    // Lower than the configured maximum while narrowing down to the command whose row the store refuses.
    private int _takeAtMost;
    private bool _narrowed;
    private bool _stopped;
    private long _armedAt;
    private TimeSpan? _wakesAfter;
    private Task<bool>? _waiting;

    public CommandLoop(BbsState loaded, CommandLoopParts parts)
    {
        _state = loaded;
        _parts = parts;
        _takeAtMost = parts.Options.MaxBatchCommands;
        _queue = Channel.CreateBounded<Command>(new BoundedChannelOptions(parts.Options.QueueLength) { SingleReader = true });
        _presences = new PresenceClock(parts.Time);
        _expiry = new Expiry(_presences);
        _expiry.AdoptAll(loaded, parts.Vacancy);
        // If the queue is full, the loop is awake already.
        _wakeUp = parts.Time.CreateTimer(
            _ => _queue.Writer.TryWrite(Tick.Instance),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>The state after the last commit.</summary>
    public BbsState State => Volatile.Read(ref _state);

    public int Waiting => _queue.Reader.Count;

    /// <summary>Waits until the command is decided and durable.</summary>
    /// <exception cref="DomainException">The decision or this node refused it, or the commit failed.</exception>
    public async Task<T> SubmitAsync<T>(Command<T> command, CancellationToken cancellationToken) =>
        (await AskAsync(command, cancellationToken)).Value;

    /// <summary>Like <see cref="SubmitAsync"/>, but returns a refusal as the result.</summary>
    /// <exception cref="DomainException">The commit failed.</exception>
    public async Task<Result<T>> AskAsync<T>(Command<T> command, CancellationToken cancellationToken)
    {
        command.CallerGone = cancellationToken;
        if (!_queue.Writer.TryWrite(command))
            return Volatile.Read(ref _stopped) ? LoopErrors.Stopped : LoopErrors.QueueFull(_parts.Options.QueueLength);
        // Not Task.WaitAsync: it would continue on the thread pool, whose order a simulation cannot control.
        using var gone = cancellationToken.UnsafeRegister(static (waiting, _) => ((Command)waiting!).Cancel(), command);
        return await command.Answered;
    }

    /// <summary>Runs until cancelled, or until this node must not write any more; in the latter case throws the cause.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = cancellationToken.UnsafeRegister(static loop => ((CommandLoop)loop!).TakeNoMore(), this);
        try
        {
            Arm();
            while (await SomethingWaits())
            {
                NoteStall();
                await WorkAsync(cancellationToken);
                Arm();
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            Stop();
        }
    }

    /// <summary>Decides and commits until a batch changes nothing.</summary>
    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        var batch = Close(NewBatch(_state));
        var committing = Commit(batch, cancellationToken);
        while (committing is not null)
        {
            var next = await DecideDuringAsync(committing, batch.After!);
            if (Ended(await committing) is { } failure)
            {
                Refuse(batch, next, failure);
                batch = Close(NewBatch(_state));
                committing = Commit(batch, cancellationToken);
                continue;
            }

            Install(batch);
            committing = Commit(Close(next), cancellationToken);
            Publish(batch);
            batch = next;
        }

        AnswerUnchanged(batch);
        (_older, _newer) = (null, null);
    }

    private Batch NewBatch(BbsState before)
    {
        _older = _newer;
        return _newer = new Batch(before, _parts, _presences);
    }

    /// <summary>Decides what comes while a commit runs. Returns when that has ended.</summary>
    private async Task<Batch> DecideDuringAsync(Task committing, BbsState after)
    {
        var next = NewBatch(after);
        // While the command is searched whose row the store refuses, batches must not mix.
        while (!committing.IsCompleted && !_narrowed)
        {
            Fill(next);
            if (IsFull(next))
                break;
            var waiting = SomethingWaits();
            if (!waiting.IsCompleted)
                await Waits.EitherAsync(committing, waiting, CancellationToken.None);
            else if (!await waiting)
                break;
        }

        await committing.Ended();
        return next;
    }

    /// <summary>Fills the batch up with what waits, and then with what has expired: a renewal that waits comes first.</summary>
    private Batch Close(Batch batch)
    {
        Fill(batch);
        // Expiries wait until the refused command is found: if they were added each time, it would never be alone in a batch.
        if (!_narrowed)
        {
            foreach (var due in _expiry.TakeDue(_state, _parts.Time.GetUtcNow()))
                batch.Add(due);
        }

        return batch;
    }

    private void Fill(Batch batch)
    {
        while (!IsFull(batch) && (_putBack.TryDequeue(out var command) || _queue.Reader.TryRead(out command)))
        {
            if (command is Tick)
                continue;
            if (command.CallerGone.IsCancellationRequested)
                command.Cancel();
            else
                batch.Add(command);
        }
    }

    private bool IsFull(Batch batch) => batch.Commands.Count >= _takeAtMost || batch.ChangeCount >= _parts.Options.MaxBatchRows;

    /// <summary>Null if the batch changes nothing.</summary>
    private Task<CommitEnd>? Commit(Batch batch, CancellationToken cancellationToken)
    {
        if (batch.ChangeCount == 0)
            return null;
        batch.Seal();
        _presences.Freeze();
        return CommitAsync(batch, cancellationToken);
    }

    /// <summary>Never throws. Changes nothing here: it may end on another thread while the loop decides.</summary>
    private async Task<CommitEnd> CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        var started = _parts.Time.GetTimestamp();
        try
        {
            await _parts.Store.CommitAsync(batch.Decision.State.ToBatch(_parts.Epoch), cancellationToken);
            return new CommitEnd(_parts.Time.GetElapsedTime(started), null);
        }
        catch (Exception e)
        {
            return new CommitEnd(_parts.Time.GetElapsedTime(started), e);
        }
    }

    private Exception? Ended(CommitEnd end)
    {
        _parts.Metrics.CommitTook(end.Took);
        // A holder whose renewal waits for a slow commit does not renew again meanwhile.
        _presences.Thaw(stalled: end.Took > Expiry.StallThreshold);
        return end.Failure;
    }

    private void Install(Batch batch)
    {
        _parts.Events.Committed(batch.Decision.State.Revision);
        Volatile.Write(ref _state, batch.After!);
        Widen();
        _expiry.AfterBatch(_state);
    }

    private void Publish(Batch batch)
    {
        _parts.Events.Publish(batch.Decision.State.Revision, batch.Decision.Events);
        Answer(batch);
    }

    private void AnswerUnchanged(Batch batch)
    {
        _expiry.AfterBatch(_state);
        // Another node may have changed the state in the meantime; then this outcome must not be reported.
        if (_parts.MayServe())
            Answer(batch);
        else
            batch.Fail(LoopErrors.Stopped.ToException());
    }

    private void Answer(Batch batch)
    {
        if (batch.Commands.Count == 0)
            return;
        batch.Answer();
        _parts.Metrics.BatchDone(batch.Commands.Count, batch.ChangeCount, batch.Decision.Events);
        if (batch.Decision.FollowUps.Count > 0)
            _parts.FollowUps.Take(batch.Decision.FollowUps);
    }

    /// <summary>The commit failed. What was decided on top of it has to be decided again.</summary>
    private void Refuse(Batch batch, Batch next, Exception failure)
    {
        if (failure is StoreException { RowRefused: true })
        {
            Narrow(batch, next, failure);
        }
        else
        {
            _parts.Logger.BatchNotCommitted(failure, batch.Commands.Count);
            batch.Fail(LoopErrors.NotCommitted(failure));
            PutBack(next.Commands);
        }

        _expiry.AfterBatch(_state);
        if (failure is not StoreException { OutcomeUnknown: false })
            throw failure;
    }

    /// <summary>
    /// The store is healthy but refuses a row: halves the batch size until the command that wrote the row is alone in a batch, and fails
    /// that command. The others are decided again; none of them has been answered yet.
    /// </summary>
    private void Narrow(Batch batch, Batch next, Exception failure)
    {
        PutBack(next.Commands);
        if (batch.Commands.Count == 1)
        {
            _parts.Logger.RowRefused(failure, batch.Commands[0].GetType().Name);
            batch.Fail(LoopErrors.RowRefused(failure));
            return;
        }

        (_takeAtMost, _narrowed) = (batch.Commands.Count / 2, true);
        PutBack(batch.Commands);
    }

    private void Widen()
    {
        _takeAtMost = Math.Min(_takeAtMost * 2, _parts.Options.MaxBatchCommands);
        _narrowed = _takeAtMost < _parts.Options.MaxBatchCommands;
    }

    /// <summary>The commands come before all others that wait.</summary>
    private void PutBack(IReadOnlyList<Command> commands)
    {
        var behind = _putBack.ToArray();
        _putBack.Clear();
        foreach (var command in (IEnumerable<Command>)[.. commands, .. behind])
            _putBack.Enqueue(command);
    }

    /// <summary>Completed when a command waits, with false when none will come any more. One task for all who wait: there is one reader.</summary>
    private Task<bool> SomethingWaits()
    {
        if (_waiting is not { IsCompleted: false })
            _waiting = WaitAsync();
        return _waiting;

        // AsTask would continue on the thread pool, whose order a simulation cannot control.
        async Task<bool> WaitAsync() => await _queue.Reader.WaitToReadAsync(CancellationToken.None);
    }

    // If the loop slept past its own wake-up, the process was paused, and in that time it could not hear renewals.
    private void NoteStall()
    {
        if (_wakesAfter is not { } wait || _parts.Time.GetElapsedTime(_armedAt) is var slept && slept <= wait + Expiry.StallThreshold)
            return;
        _presences.Stall(slept);
    }

    private void Arm()
    {
        var wait = _putBack.Count > 0 ? TimeSpan.Zero : _expiry.UntilNext(_state, _parts.Time.GetUtcNow());
        (_armedAt, _wakesAfter) = (_parts.Time.GetTimestamp(), wait);
        if (wait is null)
            return;
        if (wait > TimeSpan.Zero)
            _wakeUp.Change(wait.Value, Timeout.InfiniteTimeSpan);
        else
            _queue.Writer.TryWrite(Tick.Instance);
    }

    private void TakeNoMore()
    {
        Volatile.Write(ref _stopped, true);
        _queue.Writer.TryComplete();
    }

    private void Stop()
    {
        TakeNoMore();
        _wakeUp.Dispose();
        // If it has commands without an answer, its commit has begun; the newer one's has not.
        _older?.Fail(LoopErrors.OutcomeUnknown.ToException());
        _newer?.Fail(LoopErrors.Stopped.ToException());
        while (_putBack.TryDequeue(out var command) || _queue.Reader.TryRead(out command))
            command.Fail(LoopErrors.Stopped.ToException());
    }

    private readonly record struct CommitEnd(TimeSpan Took, Exception? Failure);
}
