using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

internal abstract partial class ClientCall
{
    // The longest time that a timer takes in one go, in round figures; longer deadlines are waited for in steps.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);
    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);

    private readonly DateTime? _deadline;
    private ITimer? _timer;
    private CancellationTokenRegistration _byToken;
    private CancellationTokenRegistration _byParent;
    private CancellationTokenRegistration _byChannel;

    /// <summary>Starts to watch the deadline and everybody who may cancel the call.</summary>
    /// <returns>The value of the timeout header; null: no deadline.</returns>
    /// <exception cref="RpcException">It is over before it has begun.</exception>
    protected string? Watch()
    {
        string? header = null;
        if (_deadline is { } at)
        {
            var left = at - Channel.Time.GetUtcNow().UtcDateTime;
            if (left <= TimeSpan.Zero)
                throw new RpcException(DeadlineExceeded);
            header = TimeoutCodec.Format(left);
            _timer = Channel.Time.CreateTimer(static call => ((ClientCall)call!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Arm(left);
        }

        if (Options.CancellationToken.CanBeCanceled)
            _byToken = Options.CancellationToken.UnsafeRegister(static call => ((ClientCall)call!).EndByCaller(CancelledByCaller), this);
        if (Options.PropagationToken is PropagationToken { CancellationToken: { CanBeCanceled: true } parent })
            _byParent = parent.UnsafeRegister(static call => ((ClientCall)call!).EndByCaller(CancelledByCaller), this);
        // A call of one message each ends by itself when the connection closes; to register every one would make all threads meet at one lock.
        if (!_isSingle)
            _byChannel = Channel.Shutdown.UnsafeRegister(static call => ((ClientCall)call!).End(new Status(StatusCode.Cancelled, "Channel disposed.")), this);
        return header;
    }

    /// <summary>Ends the call when a token given with a read or write is cancelled; dispose the result after it.</summary>
    protected internal CancellationTokenRegistration EndOn(CancellationToken cancellationToken) => cancellationToken.CanBeCanceled
        ? cancellationToken.UnsafeRegister(static call => ((ClientCall)call!).EndByCaller(CancelledByCaller), this)
        : default;

    private static Status CancelledByCaller => new(StatusCode.Cancelled, "Call canceled by the client.");

    private static Status DeadlineExceeded => new(StatusCode.DeadlineExceeded, "Deadline Exceeded");

    private bool DeadlineHasPassed => _deadline <= Channel.Time.GetUtcNow().UtcDateTime;

    private static DateTime? EarliestDeadline(in CallOptions options)
    {
        if (options.Deadline is { } own && own != DateTime.MaxValue && own != DateTime.MinValue && own.Kind != DateTimeKind.Utc)
            throw new InvalidOperationException("Deadline must have a kind DateTimeKind.Utc or be equal to DateTime.MaxValue or DateTime.MinValue.");
        var deadline = options.Deadline ?? DateTime.MaxValue;
        if (options.PropagationToken is PropagationToken parent && parent.Deadline < deadline)
            deadline = parent.Deadline;
        return deadline == DateTime.MaxValue ? null : deadline;
    }

    private void Arm(TimeSpan left)
    {
        var due = left < ShortestTimer ? ShortestTimer : left > LongestTimer ? LongestTimer : left;
        _timer!.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        var left = _deadline!.Value - Channel.Time.GetUtcNow().UtcDateTime;
        if (left > TimeSpan.Zero)
            Arm(left);
        else
            End(DeadlineExceeded, byCaller: true);
    }

    private void StopWatching()
    {
        _timer?.Dispose();
        // Unregister does not wait for a callback that runs, which may be the one that ends the call.
        _byToken.Unregister();
        _byParent.Unregister();
        _byChannel.Unregister();
    }
}
