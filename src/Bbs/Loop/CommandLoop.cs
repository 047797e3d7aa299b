using System.Threading.Channels;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>
/// The one writer. Takes what waits, decides each command on the state that the commands before it left, makes the whole batch durable in
/// one commit, and only then publishes the state and the events, answers, and hands on what is to happen outside.
/// </summary>
internal sealed class CommandLoop
{
    private readonly CommandLoopParts _parts;
    private readonly Channel<Command> _queue;
    private readonly PresenceClock _presences;
    private readonly Expiry _expiry;
    private readonly List<Command> _batch = [];
    // Taken, but left out of a batch that had grown too large: first in line for the next.
    private readonly Queue<Command> _putBack = [];
    private readonly ITimer _wakeUp;
    private BbsState _state;
    // Fewer than the option says while a command is looked for whose row the store will not have.
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
        // When the queue is full nobody needs waking.
        _wakeUp = parts.Time.CreateTimer(_ => _queue.Writer.TryWrite(Tick.Instance), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The state as of the last commit.</summary>
    public BbsState State => Volatile.Read(ref _state);

    public int Waiting => _queue.Reader.Count;

    /// <summary>Waits until the command is decided and durable.</summary>
    /// <exception cref="DomainException">It was refused, by its decision or because this node cannot take it now; or it was not committed.</exception>
    public async Task<T> SubmitAsync<T>(Command<T> command, CancellationToken cancellationToken) =>
        (await AskAsync(command, cancellationToken)).Value;

    /// <summary>As <see cref="SubmitAsync"/>, for callers that take a refusal as an answer.</summary>
    /// <exception cref="DomainException">It was not committed.</exception>
    public async Task<Result<T>> AskAsync<T>(Command<T> command, CancellationToken cancellationToken)
    {
        command.CallerGone = cancellationToken;
        if (!_queue.Writer.TryWrite(command)) return Volatile.Read(ref _stopped) ? LoopErrors.Stopped : LoopErrors.QueueFull(_parts.Options.QueueLength);
        // Not Task.WaitAsync: that would hop over the thread pool, which a simulation cannot order.
        using var gone = cancellationToken.UnsafeRegister(static (waiting, _) => ((Command)waiting!).Cancel(), command);
        return await command.Answered;
    }

    /// <summary>Runs until it is cancelled, or until this node must not write any more; the latter throws what ended it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Arm();
            while (await _queue.Reader.WaitToReadAsync(cancellationToken)) await RunOnceAsync(cancellationToken);
        }
        finally
        {
            Stop();
        }
    }

    /// <summary>One batch of what waits now.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        NoteStall();
        Take();
        // What runs out can wait until the command is found: added again each time, it would never stand alone.
        if (!_narrowed) _expiry.AddDue(_batch, _state, _parts.Time.GetUtcNow());
        var before = _state;
        var decision = Decide(before);
        if (decision.State.ChangeCount > 0)
        {
            var failure = await CommitAsync(decision, cancellationToken);
            if (failure is not null)
            {
                if (failure is StoreException { RowRefused: true }) Narrow(failure);
                else FailUncommitted(failure);
                _expiry.AfterBatch(before);
                if (failure is not StoreException { OutcomeUnknown: false }) throw failure;
                Arm();
                return;
            }
            _parts.Events.Committed(decision.State.Revision);
            Volatile.Write(ref _state, decision.State.ToState());
            _parts.Events.Publish(decision.State.Revision, decision.Events);
        }
        else if (!_parts.MayServe())
        {
            // What was decided on a state that another node may have changed by now is not worth telling.
            FailBatch(LoopErrors.Stopped.ToException());
            return;
        }
        Widen();
        foreach (var command in _batch) command.Answer();
        _parts.Metrics.BatchDone(_batch.Count, decision.State.ChangeCount, decision.Events);
        _batch.Clear();
        _expiry.AfterBatch(_state);
        if (decision.FollowUps.Count > 0) _parts.FollowUps.Take(decision.FollowUps);
        Arm();
    }

    private void Take()
    {
        while (_batch.Count < _takeAtMost
            && (_putBack.TryDequeue(out var command) || _queue.Reader.TryRead(out command)))
        {
            if (command is Tick) continue;
            if (command.CallerGone.IsCancellationRequested) command.Cancel();
            else _batch.Add(command);
        }
    }

    private Decision Decide(BbsState before)
    {
        var now = _parts.Time.GetUtcNow();
        while (true)
        {
            var decision = new Decision(new WorkingState(before), now, _parts.NewGuid, _presences);
            var failed = DecideAll(decision);
            if (failed < 0) return decision;
            // A command that throws is a bug in it. What it left half done is dropped with the working state, and the others
            // are decided again without it.
            _batch.RemoveAt(failed);
        }
    }

    /// <summary>The position of the command that threw, or -1.</summary>
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
                _batch[i].Fail(new DomainException(
                    new DomainError(ErrorKind.Unknown, "the BBS failed to process this request; see its log for the cause"), e));
                return i;
            }
        }
        return -1;
    }

    private void PutBack(int from)
    {
        // Only those of this batch that came from there can be there still, and they are behind these.
        var behind = _putBack.ToArray();
        _putBack.Clear();
        for (var i = from; i < _batch.Count; i++) _putBack.Enqueue(_batch[i]);
        foreach (var command in behind) _putBack.Enqueue(command);
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
            if (took > Expiry.StallThreshold) _presences.Stall(took);
        }
    }

    private void FailUncommitted(Exception failure)
    {
        _parts.Logger.BatchNotCommitted(failure, _batch.Count);
        FailBatch(LoopErrors.NotCommitted(failure));
    }

    /// <summary>
    /// The store is well and will not have a row: halves what is taken until the command that the row is of stands alone, and fails that
    /// one. The others are decided again; none of them has been answered.
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
        foreach (var command in _batch) command.Fail(why);
        _batch.Clear();
    }

    // A loop that slept through its own wake-up was kept from running, and from hearing whoever is not silent: a process that was stopped.
    private void NoteStall()
    {
        if (_wakesAfter is not { } wait || _parts.Time.GetElapsedTime(_armedAt) is var slept && slept <= wait + Expiry.StallThreshold) return;
        _presences.Stall(slept);
    }

    private void Arm()
    {
        var wait = _putBack.Count > 0 ? TimeSpan.Zero : _expiry.UntilNext(_state, _parts.Time.GetUtcNow());
        (_armedAt, _wakesAfter) = (_parts.Time.GetTimestamp(), wait);
        if (wait is null) return;
        if (wait > TimeSpan.Zero) _wakeUp.Change(wait.Value, Timeout.InfiniteTimeSpan);
        else _queue.Writer.TryWrite(Tick.Instance);
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
