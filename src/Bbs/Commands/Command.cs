namespace Scheduler.Bbs.Commands;

/// <summary>
/// One request to change the state. Its decision is a pure function of the state, the time and the guids it is given, and may
/// be taken again from the start when the batch has to be; what it says is told to the caller only after the commit.
/// </summary>
internal abstract class Command
{
    /// <summary>The caller's; a command whose caller has gone before it is decided is dropped.</summary>
    public CancellationToken CallerGone { get; set; }

    /// <summary>Travels into the events of this command.</summary>
    public string TraceId { get; set; } = "";

    /// <summary>Decides and keeps the outcome until <see cref="Answer"/>.</summary>
    internal abstract void Run(Decision decision);

    /// <summary>Tells the caller what was decided.</summary>
    internal abstract void Answer();

    /// <summary>Tells the caller that nothing was done.</summary>
    internal abstract void Fail(Exception why);

    internal abstract void Cancel();
}

/// <inheritdoc/>
internal abstract class Command<T> : Command
{
    // Callers go on in their own context, not on the commit loop's time.
    private readonly TaskCompletionSource<Result<T>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Result<T> _decided;

    public Task<Result<T>> Answered => _answer.Task;

    /// <summary>Decides. A refusal must leave the state as it was: check everything first, then change.</summary>
    public abstract Result<T> Decide(Decision decision);

    internal sealed override void Run(Decision decision) => _decided = Decide(decision);

    internal sealed override void Answer() => _answer.TrySetResult(_decided);

    internal sealed override void Fail(Exception why) => _answer.TrySetException(why);

    internal sealed override void Cancel() => _answer.TrySetCanceled(CallerGone);
}
