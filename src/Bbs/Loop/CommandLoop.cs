using System.Threading.Channels;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>
/// The only writer of the state. Takes the waiting commands, decides each on the state left by the previous ones, and makes the whole
/// batch durable in one commit. Only then does it publish the state and the events, answer the callers and hand over the follow-ups.
/// </summary>
internal sealed class CommandLoop
{
    private readonly CommandLoopParts _parts;
    private readonly Channel<Command> _queue;
    private readonly PresenceClock _presences;
    private readonly Expiry _expiry;
    private readonly List<Command> _batch = [];

    // Taken, but deferred because the batch had grown too large: first in line for the next batch.
    private readonly Queue<Command> _putBack = [];
    private readonly ITimer _wakeUp;
    private BbsState _state;

    // Lower than the configured maximum while narrowing down to the command whose row the store refuses.
    private int _takeAtMost;
    private bool _narrowed;
    private bool _stopped;
    private long _armedAt;
    private TimeSpan? _wakesAfter;

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
        try
        {
            Arm();
            while (await _queue.Reader.WaitToReadAsync(cancellationToken))
                await RunOnceAsync(cancellationToken);
        }
        finally
        {
            Stop();
        }
    }

    /// <summary>Processes one batch of the commands waiting now.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        NoteStall();
        Take();
        // Expiries wait until the command is found: if they were added each time, that command would never be alone in a batch.
        if (!_narrowed)
            _expiry.AddDue(_batch, _state, _parts.Time.GetUtcNow());
        var before = _state;
        var decision = Decide(before);
        if (decision.State.ChangeCount > 0)
        {
            var failure = await CommitAsync(decision, cancellationToken);
            if (failure is not null)
            {
                if (failure is StoreException { RowRefused: true })
                    Narrow(failure);
                else
                    FailUncommitted(failure);
                _expiry.AfterBatch(before);
                if (failure is not StoreException { OutcomeUnknown: false })
                    throw failure;
                Arm();
                return;
            }
            _parts.Events.Committed(decision.State.Revision);
            Volatile.Write(ref _state, decision.State.ToState());
            _parts.Events.Publish(decision.State.Revision, decision.Events);
        }
        else if (!_parts.MayServe())
        {
            // Another node may have changed the state in the meantime, so this outcome must not be reported.
            FailBatch(LoopErrors.Stopped.ToException());
            return;
        }
        Widen();
        foreach (var command in _batch)
            command.Answer();
        _parts.Metrics.BatchDone(_batch.Count, decision.State.ChangeCount, decision.Events);
        _batch.Clear();
        _expiry.AfterBatch(_state);
        if (decision.FollowUps.Count > 0)
            _parts.FollowUps.Take(decision.FollowUps);
        Arm();
    }

    private void Take()
    {
        while (_batch.Count < _takeAtMost && (_putBack.TryDequeue(out var command) || _queue.Reader.TryRead(out command)))
        {
            if (command is Tick)
                continue;
            if (command.CallerGone.IsCancellationRequested)
                command.Cancel();
            else
                _batch.Add(command);
        }
    }

    private Decision Decide(BbsState before)
    {
        var now = _parts.Time.GetUtcNow();
        while (true)
        {
            var decision = new Decision(new WorkingState(before), now, _parts.NewGuid, _presences);
            var failed = DecideAll(decision);
            if (failed < 0)
                return decision;
            // A command that throws has a bug. Its partial changes are dropped with the working state, and the other commands are decided
            // again without it.
            _batch.RemoveAt(failed);
        }
    }

    /// <summary>The index of the command that threw, or -1.</summary>
    private int DecideAll(Decision decision)
    {
        for (var i = 0; i < _batch.Count; i++)
        {
            if (decision.State.ChangeCount >= _parts.Options.MaxBatchRows)
            {
                PutBack(i);
                return -1;
            }
            try
            {
                decision.Begin(_batch[i].TraceId);
                _batch[i].Run(decision);
                decision.End();
            }
            catch (Exception e)
            {
                _parts.Logger.CommandThrew(e, _batch[i].GetType().Name);
                _batch[i]
                    .Fail(
                        new DomainException(
                            new DomainError(ErrorKind.Unknown, "the BBS failed to process this request; see its log for the cause"),
                            e
                        )
                    );
                return i;
            }
        }
        return -1;
    }

    private void PutBack(int from)
    {
        // Whatever is still in this queue comes after the commands of this batch.
        var behind = _putBack.ToArray();
        _putBack.Clear();
        for (var i = from; i < _batch.Count; i++)
            _putBack.Enqueue(_batch[i]);
        foreach (var command in behind)
            _putBack.Enqueue(command);
        _batch.RemoveRange(from, _batch.Count - from);
    }

    private async Task<Exception?> CommitAsync(Decision decision, CancellationToken cancellationToken)
    {
        var started = _parts.Time.GetTimestamp();
        try
        {
            await _parts.Store.CommitAsync(decision.State.ToBatch(_parts.Epoch), cancellationToken);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            var took = _parts.Time.GetElapsedTime(started);
            _parts.Metrics.CommitTook(took);
            if (took > Expiry.StallThreshold)
                _presences.Stall(took);
        }
    }

    private void FailUncommitted(Exception failure)
    {
        _parts.Logger.BatchNotCommitted(failure, _batch.Count);
        FailBatch(LoopErrors.NotCommitted(failure));
    }

    /// <summary>
    /// The store is healthy but refuses a row: halves the batch size until the command that wrote the row is alone in a batch, and fails
    /// that command. The others are decided again; none of them has been answered yet.
    /// </summary>
    private void Narrow(Exception failure)
    {
        if (_batch.Count == 1)
        {
            _parts.Logger.RowRefused(failure, _batch[0].GetType().Name);
            FailBatch(LoopErrors.RowRefused(failure));
            return;
        }
        (_takeAtMost, _narrowed) = (_batch.Count / 2, true);
        PutBack(0);
    }

    private void Widen()
    {
        _takeAtMost = Math.Min(_takeAtMost * 2, _parts.Options.MaxBatchCommands);
        _narrowed = _takeAtMost < _parts.Options.MaxBatchCommands;
    }

    private void FailBatch(Exception why)
    {
        foreach (var command in _batch)
            command.Fail(why);
        _batch.Clear();
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

    private void Stop()
    {
        Volatile.Write(ref _stopped, true);
        _wakeUp.Dispose();
        _queue.Writer.TryComplete();
        FailBatch(LoopErrors.Stopped.ToException());
        while (_putBack.TryDequeue(out var command) || _queue.Reader.TryRead(out command))
            command.Fail(LoopErrors.Stopped.ToException());
    }
}
