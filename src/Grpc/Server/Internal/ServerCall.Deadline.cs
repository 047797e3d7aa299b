using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed partial class ServerCall
{
    // The longest time that a timer takes in one go, in round figures; longer deadlines are waited for in steps.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    // A timer may come early by less than its own resolution.
    private static readonly TimeSpan ShortestTimer = TimeSpan.FromMilliseconds(1);

    private DateTime _deadline = DateTime.MaxValue;
    private TimeSpan _timeout;
    private long _startedAt;
    private ITimer? _timer;
    private CancellationTokenSource? _cancellation;
    private bool _deadlinePassed;
    private Task _deadlineEnd = Task.CompletedTask;

    protected override DateTime DeadlineCore => _deadline;

    protected override CancellationToken CancellationTokenCore => _cancellation?.Token ?? HttpContext.RequestAborted;

    // Kestrel ends a pending read itself when the client resets the stream; only a deadline needs a token.
    private CancellationToken DeadlineToken => _cancellation?.Token ?? default;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options)
    {
        options ??= ContextPropagationOptions.Default;
        return new PropagationToken(
            options.IsPropagateDeadline ? _deadline : DateTime.MaxValue,
            options.IsPropagateCancellation ? CancellationToken : CancellationToken.None);
    }

    private void StartDeadline(string text)
    {
        if (!TimeoutCodec.TryParse(text, out _timeout))
            throw Failure.Internal($"The {WireNames.Timeout} '{text}' is not one to eight digits and one of H, M, S, m, u, n.");
        var now = _options.Time.GetUtcNow().UtcDateTime;
        if (_timeout > DateTime.MaxValue - now)
            return;
        _deadline = now + _timeout;
        if (_timeout == TimeSpan.Zero)
            throw new RpcException(DeadlineExceeded);
        _startedAt = _options.Time.GetTimestamp();
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(HttpContext.RequestAborted);
        _timer = _options.Time.CreateTimer(static call => ((ServerCall)call!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm(_timeout);
    }

    private static Status DeadlineExceeded => new(StatusCode.DeadlineExceeded, "Deadline Exceeded");

    private void Arm(TimeSpan left)
    {
        var due = left < ShortestTimer ? ShortestTimer : left > LongestTimer ? LongestTimer : left;
        _timer!.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        var left = _timeout - _options.Time.GetElapsedTime(_startedAt);
        if (left > TimeSpan.Zero)
        {
            Arm(left);
            return;
        }

        TaskCompletionSource end;
        bool writing;
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = true;
            _deadlinePassed = true;
            writing = _writing;
            end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _deadlineEnd = end.Task;
        }

        _ = EndAtDeadlineAsync(writing, end);
    }

    private async Task EndAtDeadlineAsync(bool writing, TaskCompletionSource end)
    {
        try
        {
            _logger.DeadlinePassed(Method);
            var response = HttpContext.Response;
            var sent = Task.CompletedTask;
            if (!writing)
            {
                Trailers.Write(response, _hasBody, DeadlineExceeded, null);
                sent = response.CompleteAsync();
            }

            _cancellation!.Cancel();
            await sent;
            // The client may still be sending, or not be taking what is written: either way nothing more comes of it.
            Reset(writing ? Http2Errors.Cancel : Http2Errors.NoError);
        }
        catch (Exception e)
        {
            // Callbacks of the method, or a broken connection; the method itself still ends through EndAsync.
            _logger.EndNotWritten(e, Method);
        }
        finally
        {
            end.SetResult();
        }
    }

    private void StopDeadline()
    {
        _timer?.Dispose();
        _cancellation?.Dispose();
    }
}
