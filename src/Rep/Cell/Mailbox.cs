using System.Threading.Channels;
using Scheduler.Models;

namespace Scheduler.Rep.Cell;

/// <summary>
/// The queue of the cell's loop. Posted steps run one at a time, in order. External callers are refused when the queue is full;
/// the cell's own components wait for room. The loop itself never waits, so the queue always drains.
/// </summary>
internal sealed class Mailbox(int limit)
{
    private readonly Channel<Action> _posts = Channel.CreateBounded<Action>(new BoundedChannelOptions(limit) { SingleReader = true });
    private volatile bool _closed;

    public int Waiting => _posts.Reader.Count;

    /// <summary>For external callers.</summary>
    /// <exception cref="DomainException">With <see cref="ErrorKind.Overloaded"/> when the queue is full.</exception>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_posts.Writer.TryWrite(() => Answer(question, answer)))
            throw Full();
        return answer.Task;
    }

    /// <summary>For the cell's own components: waits for room, then for the result.</summary>
    /// <exception cref="OperationCanceledException">The cell has shut down.</exception>
    public async Task<T> AskPatientlyAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var post = () => Answer(question, answer);
        while (!_posts.Writer.TryWrite(post))
        {
            if (!await _posts.Writer.WaitToWriteAsync())
                throw new OperationCanceledException("the cell has shut down");
        }

        return await answer.Task;
    }

    /// <summary>Waits for room, then until the step has run.</summary>
    /// <exception cref="OperationCanceledException">The cell has shut down.</exception>
    public Task TellAsync(Action news) => AskPatientlyAsync(() => Done(news));

    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _posts.Reader.WaitToReadAsync(cancellation);

    public bool TryTake(out Action post) => _posts.Reader.TryRead(out post!);

    /// <summary>Accepts no more posts; queued ones can still be read.</summary>
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

    private DomainException Full() =>
        _closed
            ? new DomainError(ErrorKind.Unavailable, "the cell has shut down").ToException()
            : new DomainError(
                ErrorKind.Overloaded,
                $"the cell is overloaded: its queue of {limit} calls is full; retry later"
            ).ToException();
}
