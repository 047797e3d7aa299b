using Grpc.Core;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// One call of a client over one HTTP/2 stream, whatever its messages. It ends once: by what the server sends, by its deadline, by its
/// caller, or by a broken connection; the first of them decides the status.
/// </summary>
internal abstract partial class ClientCall
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancellation = new();
    private HttpResponseMessage? _response;
    private Metadata? _headers;
    private Metadata? _trailers;
    private TaskCompletionSource<Metadata>? _headersAwaited;
    private Status _status;
    private readonly bool _isSingle;
    private bool _ended;
    private bool _endedByCaller;

    protected ClientCall(GrpcChannel channel, MethodType type, CallOptions options)
    {
        _isSingle = type == MethodType.Unary;
        channel.ThrowIfDisposed();
        Channel = channel;
        Options = options;
        _deadline = EarliestDeadline(options);
    }

    protected GrpcChannel Channel { get; }

    protected CallOptions Options { get; }

    /// <summary>Cancelled when the call has ended.</summary>
    protected CancellationToken Ended => _cancellation.Token;

    protected HttpResponseMessage? Response => _response;

    // Delegates over the state, so that a call object costs no closures.
    public static Task<Metadata> GetHeaders(object call) => ((ClientCall)call).HeadersAsync();

    public static Status GetStatus(object call)
    {
        var self = (ClientCall)call;
        lock (self._gate)
            return self._ended ? self._status : throw new InvalidOperationException("Unable to get the status because the call is not complete.");
    }

    public static Metadata GetTrailers(object call)
    {
        var self = (ClientCall)call;
        lock (self._gate)
            return self._ended ? self._trailers ?? Metadata.Empty : throw new InvalidOperationException("Can't get the call trailers because the call has not completed successfully.");
    }

    public static void GiveUp(object call) =>
        ((ClientCall)call).EndByCaller(new Status(StatusCode.Cancelled, "gRPC call disposed."));

    /// <summary>What a caller gets instead of a message once the call has ended badly.</summary>
    public Exception Failed()
    {
        Status status;
        Metadata trailers;
        bool byCaller;
        lock (_gate)
            (status, trailers, byCaller) = (_status, _trailers ?? Metadata.Empty, _endedByCaller);
        var failure = new RpcException(status, trailers);
        return byCaller && Channel.ThrowsOperationCanceled
            ? new OperationCanceledException(status.Detail, failure, Options.CancellationToken)
            : failure;
    }

    /// <summary>Whether the call has ended, and how.</summary>
    protected bool HasEnded(out StatusCode code)
    {
        lock (_gate)
        {
            code = _status.StatusCode;
            return _ended;
        }
    }

    /// <summary>The headers are here; false: the call has ended meanwhile.</summary>
    protected bool Opened(HttpResponseMessage response)
    {
        TaskCompletionSource<Metadata>? awaited;
        lock (_gate)
        {
            if (_ended)
                return false;
            _response = response;
            awaited = _headersAwaited;
        }

        awaited?.TrySetResult(Headers(response));
        return true;
    }

    /// <summary>Ends the call, if nothing has before.</summary>
    protected bool End(in Status status, Metadata? trailers = null, bool byCaller = false)
    {
        TaskCompletionSource<Metadata>? awaited;
        lock (_gate)
        {
            if (_ended)
                return false;
            _ended = true;
            _status = status;
            _trailers = trailers;
            _endedByCaller = byCaller;
            awaited = _response is null ? _headersAwaited : null;
        }

        StopWatching();
        if (status.StatusCode != StatusCode.OK)
            Channel.Logger.CallEnded(status.StatusCode, status.Detail);
        // Ends what is still going on: the request, a read, a write. A call of one message each that ended well has nothing left.
        if (!(_isSingle && status.StatusCode == StatusCode.OK))
            _cancellation.Cancel();
        Released();
        _response?.Dispose();
        awaited?.TrySetException(Failed());
        return true;
    }

    /// <summary>Ends the call because of an exception, unless it has ended, and gives what the caller is to see.</summary>
    protected Exception EndWith(Exception exception)
    {
        End(exception is RpcException rpc ? rpc.Status : HttpFailures.Explain(exception, DeadlineHasPassed));
        return Failed();
    }

    /// <summary>What a writer is to see: how the call ended if it has, else what went wrong with the write; the reader learns the rest.</summary>
    public Exception WriteFailed(Exception exception)
    {
        if (!HasEnded(out var code))
            return new RpcException(HttpFailures.Explain(exception, DeadlineHasPassed));
        return code == StatusCode.OK
            ? new InvalidOperationException("Can't write the message because the call is complete.", exception)
            : Failed();
    }

    /// <summary>What the call holds can go back.</summary>
    protected virtual void Released()
    {
    }

    private void EndByCaller(in Status status) => End(status, byCaller: true);

    private Task<Metadata> HeadersAsync()
    {
        HttpResponseMessage? response;
        lock (_gate)
        {
            response = _response;
            if (response is null)
            {
                if (!_ended)
                    return (_headersAwaited ??= new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }

        return response is null ? Task.FromException<Metadata>(Failed()) : Task.FromResult(Headers(response));
    }

    private Metadata Headers(HttpResponseMessage response) => _headers ??= HttpMetadata.Read(response.Headers);
}
