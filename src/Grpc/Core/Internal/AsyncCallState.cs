namespace Grpc.Core.Internal;

/// <summary>What every kind of call object shares: either delegates over a state object (no closure a call) or plain ones (as tests make them).</summary>
internal readonly struct AsyncCallState
{
    private readonly object? _state;
    private readonly object _headers;
    private readonly Delegate _status;
    private readonly Delegate _trailers;
    private readonly Delegate _dispose;

    public AsyncCallState(
        Func<object, Task<Metadata>> headers,
        Func<object, Status> status,
        Func<object, Metadata> trailers,
        Action<object> dispose,
        object state)
    {
        _headers = headers;
        _status = status;
        _trailers = trailers;
        _dispose = dispose;
        _state = state;
    }

    public AsyncCallState(Task<Metadata> headers, Func<Status> status, Func<Metadata> trailers, Action dispose)
    {
        _headers = headers;
        _status = status;
        _trailers = trailers;
        _dispose = dispose;
        _state = null;
    }

    public Task<Metadata> ResponseHeadersAsync() =>
        _state is null ? (Task<Metadata>)_headers : ((Func<object, Task<Metadata>>)_headers)(_state);

    public Status GetStatus() =>
        _state is null ? ((Func<Status>)_status)() : ((Func<object, Status>)_status)(_state);

    public Metadata GetTrailers() =>
        _state is null ? ((Func<Metadata>)_trailers)() : ((Func<object, Metadata>)_trailers)(_state);

    public void Dispose()
    {
        if (_state is null)
            ((Action)_dispose)();
        else
            ((Action<object>)_dispose)(_state);
    }
}
