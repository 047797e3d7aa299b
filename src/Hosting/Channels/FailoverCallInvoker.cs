using System.Net.Sockets;
using Grpc.Core;
using Scheduler.Contracts;
using Scheduler.Contracts.Errors;
using Scheduler.Models;

namespace Scheduler.Hosting.Channels;

/// <summary>
/// Finds the active one among several BBS addresses. A call is repeated elsewhere only when that can do no harm: it certainly
/// did nothing (a standby answered, or the connection was refused), or it only reads. Anything else that goes wrong in the
/// middle is the caller's to judge; after one that waited in vain the next call looks elsewhere first.
/// </summary>
public sealed class FailoverCallInvoker : CallInvoker
{
    // A caller that gives up sooner may have reasons of its own, and a connection that breaks at once is made again.
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(2);

    // From round to round: a takeover takes a moment or long, and most of them a moment.
    private const double Growth = 1.5;
    private const double MostGrowth = 4;

    private readonly CallInvoker[] _endpoints;
    private readonly ChannelOptions _options;
    private readonly TimeProvider _time;
    private readonly Jitter _jitter;
    private readonly Backoff _backoff;
    private readonly ActiveSearch _search = new();
    private int _current;

    /// <param name="endpoints">Raw invokers: their failures are <see cref="RpcException"/>.</param>
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
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException("blocking calls hold a thread; use the asynchronous ones");

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        AsyncUnaryCall<TResponse>? call = null;
        var headers = new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new AsyncUnaryCall<TResponse>(
            RunAsync().Unwrap(),
            headers.Task,
            () => Started(call).GetStatus(),
            () => Started(call).GetTrailers(),
            () => call?.Dispose());

        // The call that ended it all, as it ended: a refusal is not thrown here only to be caught by the next layer.
        async Task<Task<TResponse>> RunAsync()
        {
            var attempt = new Attempt(this, options, RpcSafety.OnlyReads(method));
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
                // Nobody waits in vain for the headers of a failed call, and nobody has to look at them.
                headers.TrySetCanceled();
                _ = headers.Task.Exception;
                attempt.End();
            }
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var reader = new FailoverReader<TRequest, TResponse>(this, method, host, options, request);
        return new AsyncServerStreamingCall<TResponse>(
            reader, reader.Headers, () => reader.Call.GetStatus(), () => reader.Call.GetTrailers(), reader.Dispose);
    }

    // The contract towards the BBS has neither client streams nor duplex ones.
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        _endpoints[Volatile.Read(ref _current)].AsyncClientStreamingCall(method, host, options);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        _endpoints[Volatile.Read(ref _current)].AsyncDuplexStreamingCall(method, host, options);

    /// <summary>
    /// Whether the call waited in vain. It may have been executed, so it is not repeated here; but whoever took it in and says nothing
    /// (a process that is stopped, a machine that is gone) would keep the callers for ever, while the active one is elsewhere.
    /// </summary>
    private static bool IsSilence(Task ended, TimeSpan waited) => waited >= LongSilence && ended.Failure() switch
    {
        RpcException { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal } failure => !ErrorMapping.IsAnswer(failure),
        OperationCanceledException => true,
        _ => false,
    };

    /// <summary>The next call begins with another endpoint, unless one before has seen to that. If it was the active one after all, the other says so.</summary>
    private void LookElsewhere(int silent) => Interlocked.CompareExchange(ref _current, (silent + 1) % _endpoints.Length, silent);

    private static T Started<T>(T? call)
        where T : class => call ?? throw new InvalidOperationException("the call has not been sent yet");

    /// <summary>Whether the server certainly did not begin to execute the call.</summary>
    private static bool DidNothing(RpcException failure)
    {
        if (failure.StatusCode != StatusCode.Unavailable)
            return false;
        if (ErrorMapping.ToDomainError(failure).Kind == ErrorKind.NotActive)
            return true;
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.AddressNotAvailable })
                return true;
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError })
                return true;
        }

        return false;
    }

    /// <summary>Walks over the endpoints for one call, within its patience.</summary>
    /// <remarks>Not a struct: an asynchronous method of one counts on a copy, and then nobody ever pauses.</remarks>
    private sealed class Attempt(FailoverCallInvoker owner, CallOptions options, bool onlyReads)
    {
        // How much longer than the call that looks for the active one the others wait before they look themselves.
        private const int FollowersFactor = 3;

        private readonly long _began = owner._time.GetTimestamp();
        private int _tried;

        public int Endpoint => Volatile.Read(ref owner._current);

        public bool MayRepeat(RpcException failure) =>
            (DidNothing(failure) || (onlyReads && failure.StatusCode == StatusCode.Unavailable))
            && !options.CancellationToken.IsCancellationRequested
            && owner._time.GetElapsedTime(_began) < owner._options.FailoverPatience
            && (options.Deadline is not { } deadline || deadline.ToUniversalTime() > owner._time.GetUtcNow().UtcDateTime);

        public async ValueTask NextAsync(int failed)
        {
            // Only the first of many concurrent callers moves on, so that they do not chase each other past the active one.
            owner.LookElsewhere(failed);
            if (++_tried % owner._endpoints.Length != 0)
                return;
            // A takeover that takes long is not asked for all the time.
            var pause = owner._jitter.Retry(owner._backoff.After(_tried / owner._endpoints.Length));
            if (owner._search.LeadOrJoin(this) is { } found)
                await Waits.EndsWithinAsync(found, WithinDeadline(pause * FollowersFactor), owner._time, options.CancellationToken);
            else
                await Task.Delay(WithinDeadline(pause), owner._time, options.CancellationToken);
        }

        private TimeSpan WithinDeadline(TimeSpan pause)
        {
            if (options.Deadline is not { } deadline) return pause;
            var left = deadline.ToUniversalTime() - owner._time.GetUtcNow().UtcDateTime;
            return left >= pause ? pause : left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }

        /// <summary>The call is over, or knows whom to talk to.</summary>
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

        public FailoverReader(FailoverCallInvoker owner, Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            _owner = owner;
            _open = endpoint => owner._endpoints[endpoint].AsyncServerStreamingCall(method, host, options, request);
            _attempt = new Attempt(owner, options, RpcSafety.OnlyReads(method));
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

                // A stream that breaks later is taken up again by its reader; the next call should look elsewhere first. So it should when
                // the connection was found dead, whatever status that has.
                if (failure.StatusCode == StatusCode.Unavailable || (!ErrorMapping.IsAnswer(failure) && !_cancellation.IsCancellationRequested && !cancellationToken.IsCancellationRequested))
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
