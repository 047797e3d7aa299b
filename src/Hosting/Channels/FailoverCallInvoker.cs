using System.Net.Sockets;
using Grpc.Core;
using Scheduler.Contracts;
using Scheduler.Contracts.Errors;
using Scheduler.Models;

namespace Scheduler.Hosting.Channels;

/// <summary>
/// Call invoker that finds the active BBS among several addresses. A call is repeated at another address only if that is safe: it certainly
/// did nothing (a standby answered, or the connection was refused), or it only reads. Other failures are left to the caller; after a call
/// that got no answer, the next one starts at another address.
/// </summary>
public sealed class FailoverCallInvoker : CallInvoker
{
    // A caller that gives up sooner may have its own reasons, and a connection that breaks sooner is simply re-established.
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(2);

    // Growth of the pause per round: most takeovers are short, some take long.
    private const double Growth = 1.5;
    private const double MostGrowth = 4;

    private readonly CallInvoker[] _endpoints;
    private readonly ChannelOptions _options;
    private readonly TimeProvider _time;
    private readonly Jitter _jitter;
    private readonly Backoff _backoff;
    private readonly ActiveSearch _search = new();
    private int _current;

    /// <param name="endpoints">Raw invokers, which fail with <see cref="RpcException"/>.</param>
    public FailoverCallInvoker(IReadOnlyList<CallInvoker> endpoints, ChannelOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(endpoints.Count);
        _endpoints = [.. endpoints];
        _options = options;
        _time = time;
        _jitter = new Jitter(options.Seed);
        _backoff = new Backoff(options.FailoverPause, options.FailoverPause * MostGrowth, Growth);
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    ) => throw new NotSupportedException("blocking calls hold a thread; use the asynchronous ones");

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    )
    {
        AsyncUnaryCall<TResponse>? call = null;
        var headers = new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new AsyncUnaryCall<TResponse>(
            RunAsync().Unwrap(),
            headers.Task,
            () => Started(call).GetStatus(),
            () => Started(call).GetTrailers(),
            () => call?.Dispose()
        );

        // Returns the last call with its outcome: throwing a refusal here would only make the next layer catch it.
        async Task<Task<TResponse>> RunAsync()
        {
            var attempt = new Attempt(this, options, method);
            try
            {
                while (true)
                {
                    var endpoint = attempt.Endpoint;
                    var sentAt = _time.GetTimestamp();
                    call = _endpoints[endpoint].AsyncUnaryCall(method, host, options, request);
                    await call.ResponseAsync.Ended();
                    if (call.ResponseAsync.Exception?.InnerException is not RpcException failure || !attempt.MayRepeat(failure))
                    {
                        if (IsSilence(call.ResponseAsync, _time.GetElapsedTime(sentAt)))
                            LookElsewhere(endpoint);
                        break;
                    }

                    call.Dispose();
                    await attempt.NextAsync(endpoint);
                }

                if (call.ResponseAsync.IsCompletedSuccessfully)
                    headers.TrySetResult(await call.ResponseHeadersAsync);
                else if (call.ResponseAsync.Exception?.InnerException is { } refusal)
                    headers.TrySetException(refusal);
                return call.ResponseAsync;
            }
            finally
            {
                // Ends the wait for the headers of a failed call, and marks their failure as observed.
                headers.TrySetCanceled();
                _ = headers.Task.Exception;
                attempt.End();
            }
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    )
    {
        var reader = new FailoverReader<TRequest, TResponse>(this, method, host, options, request);
        return new AsyncServerStreamingCall<TResponse>(
            reader,
            reader.Headers,
            () => reader.Call.GetStatus(),
            () => reader.Call.GetTrailers(),
            reader.Dispose
        );
    }

    // The BBS contract has neither client streams nor duplex streams.
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options
    ) => _endpoints[Volatile.Read(ref _current)].AsyncClientStreamingCall(method, host, options);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options
    ) => _endpoints[Volatile.Read(ref _current)].AsyncDuplexStreamingCall(method, host, options);

    /// <summary>
    /// Whether the call got no answer. It may have been executed, so it is not repeated here. But a peer that accepts calls and never
    /// answers (a stopped process, a dead machine) would keep its callers forever while the active BBS is elsewhere.
    /// </summary>
    private static bool IsSilence(Task ended, TimeSpan waited) =>
        waited >= LongSilence
        && ended.Failure() switch
        {
            RpcException
            {
                StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal
            } failure => !ErrorMapping.IsAnswer(failure),
            OperationCanceledException => true,
            _ => false,
        };

    /// <summary>
    /// Makes the next call start at another endpoint, unless another call has already done so. If the silent one was active after all, the
    /// other endpoint says so.
    /// </summary>
    private void LookElsewhere(int silent) => Interlocked.CompareExchange(ref _current, (silent + 1) % _endpoints.Length, silent);

    private static T Started<T>(T? call)
        where T : class => call ?? throw new InvalidOperationException("the call has not been sent yet");

    /// <summary>Whether the server certainly did not start to execute the call.</summary>
    private static bool DidNothing(RpcException failure)
    {
        if (failure.StatusCode != StatusCode.Unavailable)
            return false;
        if (ErrorMapping.ToDomainError(failure).Kind == ErrorKind.NotActive)
            return true;
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (
                cause is SocketException
                {
                    SocketErrorCode: SocketError.ConnectionRefused
                        or SocketError.HostNotFound
                        or SocketError.HostUnreachable
                        or SocketError.NetworkUnreachable
                        or SocketError.AddressNotAvailable
                }
            )
                return true;
            if (
                cause is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ConnectionError
                        or HttpRequestError.NameResolutionError
                        or HttpRequestError.SecureConnectionError
                }
            )
                return true;
        }

        return false;
    }

    /// <summary>Iteration over the endpoints for one call, within its time limit.</summary>
    /// <remarks>Not a struct: its async methods would count on a copy, and no call would ever pause.</remarks>
    private sealed class Attempt(FailoverCallInvoker owner, CallOptions options, IMethod method)
    {
        // How much longer than the searching call the others wait before they search themselves.
        private const int FollowersFactor = 3;

        private readonly long _began = owner._time.GetTimestamp();
        private int _tried;

        public int Endpoint => Volatile.Read(ref owner._current);

        public bool MayRepeat(RpcException failure) =>
            (
                DidNothing(failure)
                // The contract last: to load its descriptors takes a command of the client longer than the call.
                || ((failure.StatusCode == StatusCode.Unavailable || ErrorMapping.IsLostConnection(failure)) && RpcSafety.OnlyReads(method))
            )
            && !options.CancellationToken.IsCancellationRequested
            && owner._time.GetElapsedTime(_began) < owner._options.FailoverPatience
            && (options.Deadline is not { } deadline || deadline.ToUniversalTime() > owner._time.GetUtcNow().UtcDateTime);

        public async ValueTask NextAsync(int failed)
        {
            // Only the first of many concurrent callers moves on, so that they do not chase each other past the active one.
            owner.LookElsewhere(failed);
            if (++_tried % owner._endpoints.Length != 0)
                return;
            // Back off, so that a long takeover is not polled continuously.
            var pause = owner._jitter.Retry(owner._backoff.After(_tried / owner._endpoints.Length));
            if (owner._search.LeadOrJoin(this) is { } found)
                await Waits.EndsWithinAsync(found, WithinDeadline(pause * FollowersFactor), owner._time, options.CancellationToken);
            else
                await Task.Delay(WithinDeadline(pause), owner._time, options.CancellationToken);
        }

        private TimeSpan WithinDeadline(TimeSpan pause)
        {
            if (options.Deadline is not { } deadline)
                return pause;
            var left = deadline.ToUniversalTime() - owner._time.GetUtcNow().UtcDateTime;
            return left >= pause ? pause
                : left > TimeSpan.Zero ? left
                : TimeSpan.Zero;
        }

        /// <summary>The call is over, or has found its endpoint.</summary>
        public void End() => owner._search.End(this);
    }

    private sealed class FailoverReader<TRequest, TResponse> : IAsyncStreamReader<TResponse>
        where TRequest : class
        where TResponse : class
    {
        private readonly FailoverCallInvoker _owner;
        private readonly Func<int, AsyncServerStreamingCall<TResponse>> _open;
        private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Attempt _attempt;
        private readonly CancellationToken _cancellation;
        private int _endpoint;
        private bool _answered;

        public FailoverReader(
            FailoverCallInvoker owner,
            Method<TRequest, TResponse> method,
            string? host,
            CallOptions options,
            TRequest request
        )
        {
            _owner = owner;
            _open = endpoint => owner._endpoints[endpoint].AsyncServerStreamingCall(method, host, options, request);
            _attempt = new Attempt(owner, options, method);
            _cancellation = options.CancellationToken;
            _endpoint = _attempt.Endpoint;
            Call = _open(_endpoint);
        }

        public AsyncServerStreamingCall<TResponse> Call { get; private set; }

        public Task<Metadata> Headers => _headers.Task;

        public TResponse Current => Call.ResponseStream.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            while (true)
            {
                var moving = Call.ResponseStream.MoveNext(cancellationToken);
                await moving.Ended();
                if (moving.Exception?.InnerException is not RpcException failure)
                {
                    if (!_answered && moving.IsCompletedSuccessfully)
                    {
                        _answered = true;
                        _attempt.End();
                        _headers.TrySetResult(await Call.ResponseHeadersAsync);
                    }

                    return await moving;
                }

                if (!_answered && _attempt.MayRepeat(failure))
                {
                    Call.Dispose();
                    await _attempt.NextAsync(_endpoint);
                    _endpoint = _attempt.Endpoint;
                    Call = _open(_endpoint);
                    continue;
                }

                // A stream that breaks later is resumed by its reader, and the next call should start elsewhere. The same holds if the
                // connection was found dead, whatever its status.
                if (
                    failure.StatusCode == StatusCode.Unavailable
                    || (
                        !ErrorMapping.IsAnswer(failure)
                        && !_cancellation.IsCancellationRequested
                        && !cancellationToken.IsCancellationRequested
                    )
                )
                    _owner.LookElsewhere(_endpoint);
                _attempt.End();
                _headers.TrySetException(failure);
                _ = _headers.Task.Exception;
                return await moving;
            }
        }

        public void Dispose()
        {
            _attempt.End();
            _headers.TrySetCanceled();
            Call.Dispose();
        }
    }
}
