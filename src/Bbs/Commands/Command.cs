namespace Scheduler.Bbs.Commands;

/// <summary>
/// A request to change the state. Its decision is a pure function of the state, the time and the guids it is given, and may run again
/// from the start if the batch has to be decided again. The caller gets the answer only after the commit.
/// </summary>
internal abstract class Command
{
    /// <summary>The caller's token. A command whose caller gives up before it is decided is dropped.</summary>
    public CancellationToken CallerGone { get; set; }

    /// <summary>Copied into the events of this command.</summary>
    public string TraceId { get; set; } = "";

    /// <summary>Decides the command and keeps the outcome until <see cref="Answer"/>.</summary>
    internal abstract void Run(Decision decision);

    /// <summary>Returns the outcome to the caller.</summary>
    internal abstract void Answer();

    /// <summary>Reports to the caller that nothing was done.</summary>
    internal abstract void Fail(Exception why);

    internal abstract void Cancel();
}

/// <inheritdoc/>
internal abstract class Command<T> : Command
{
    // Callers continue in their own context, so that they do not delay the commit loop.
    private readonly TaskCompletionSource<Result<T>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Result<T> _decided;

    public Task<Result<T>> Answered => _answer.Task;

    /// <summary>Decides the command. A refusal must leave the state unchanged: check everything first, then change.</summary>
    public abstract Result<T> Decide(Decision decision);

    internal sealed override void Run(Decision decision) => _decided = Decide(decision);

    internal sealed override void Answer() => _answer.TrySetResult(_decided);

    internal sealed override void Fail(Exception why) => _answer.TrySetException(why);

    internal sealed override void Cancel() => _answer.TrySetCanceled(CallerGone);
}
