using System.Threading.Channels;
using Scheduler.Models;

namespace Scheduler.Rep.Cell;

/// <summary>
/// The way into the cell's loop: what is posted runs one after the other, alone. Callers from outside are turned away when it is
/// full; the cell's own parts wait, and the loop never does, so it always empties.
/// </summary>
internal sealed class Mailbox(int limit)
{
    private readonly Channel<Action> _posts = Channel.CreateBounded<Action>(new BoundedChannelOptions(limit) { SingleReader = true });
    private volatile bool _closed;

    public int Waiting => _posts.Reader.Count;

    /// <summary>For callers from outside.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.Overloaded"/> when it is full.</exception>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_posts.Writer.TryWrite(() => Answer(question, answer))) throw Full();
        return answer.Task;
    }

    /// <summary>For the cell's own parts: waits for room, and then for the answer.</summary>
    /// <exception cref="OperationCanceledException">The cell has ended.</exception>
    public async Task<T> AskPatientlyAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var post = () => Answer(question, answer);
        while (!_posts.Writer.TryWrite(post))
        {
            if (!await _posts.Writer.WaitToWriteAsync()) throw new OperationCanceledException("the cell has shut down");
        }

        return await answer.Task;
    }

    /// <summary>Waits for room, and then until it has run.</summary>
    /// <exception cref="OperationCanceledException">The cell has ended.</exception>
    public Task TellAsync(Action news) => AskPatientlyAsync(() => Done(news));

    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _posts.Reader.WaitToReadAsync(cancellation);

    public bool TryTake(out Action post) => _posts.Reader.TryRead(out post!);

    /// <summary>No more posts; those in it can still be taken.</summary>
    public void Close()
    {
        _closed = true;
        _posts.Writer.TryComplete();
    }

    private static bool Done(Action news)
    {
        news();
        return true;
    }

    private static void Answer<T>(Func<T> question, TaskCompletionSource<T> answer)
    {
        try
        {
            answer.SetResult(question());
        }
        catch (Exception failure)
        {
            answer.SetException(failure);
        }
    }

    private DomainException Full() => _closed
        ? new DomainError(ErrorKind.Unavailable, "the cell has shut down").ToException()
        : new DomainError(ErrorKind.Overloaded, $"the cell is overloaded: its queue of {limit} calls is full; retry later").ToException();
}
