using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>
/// A call ends once: by its method, or by its deadline, which may pass while the method still runs. Whoever comes first takes
/// <see cref="_ended"/>; the response is touched by one writer at a time, who holds <see cref="_writing"/>.
/// </summary>
internal sealed partial class ServerCall
{
    private readonly Lock _gate = new();
    private bool _writing;
    private bool _ended;
    private bool _clientGone;
    private bool _hasBody;
    private TaskCompletionSource? _writeEnded;
    private List<object>? _created;

    /// <summary>One of the interceptors around the call.</summary>
    public Core.Interceptors.Interceptor Interceptor(InterceptorRegistration registration)
    {
        var (interceptor, created) = registration.Resolve(HttpContext.RequestServices);
        if (created)
            Release(interceptor);
        return interceptor;
    }

    /// <summary>An object was made for the call alone: it is disposed with it.</summary>
    public void Release(object made)
    {
        if (made is IAsyncDisposable or IDisposable)
            (_created ??= []).Add(made);
    }

    /// <summary>The call behind a context, which an interceptor may have wrapped.</summary>
    public static ServerCall Of(ServerCallContext context) => context as ServerCall
        ?? context.GetHttpContext().Features.Get<IServerCallContextFeature>()?.ServerCallContext as ServerCall
        ?? throw new InvalidOperationException("The context belongs to no call of this server.");

    /// <summary>What a method that threw has said, without giving away anything that it did not mean to say.</summary>
    public Status Explain(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            foreach (var entry in rpc.Trailers)
                ResponseTrailers.Add(entry);
            if (rpc.StatusCode == StatusCode.Unimplemented && RequestEncoding is { } encoding && !_options.Providers.Knows(encoding) && !HttpContext.Response.HasStarted)
                HttpContext.Response.Headers.GrpcAcceptEncoding = _options.Providers.AcceptEncoding;
            return rpc.Status;
        }

        if (IsCancelled && exception is OperationCanceledException or IOException)
            return new Status(StatusCode.Cancelled, "The call was cancelled.");
        _logger.MethodFailed(exception, Method);
        return new Status(
            StatusCode.Unknown,
            _options.DetailedErrors ? $"Exception was thrown by handler. {exception.GetType().Name}: {exception.Message}" : "Exception was thrown by handler.");
    }

    /// <summary>Ends the call with a status, unless the deadline has done it.</summary>
    public async Task EndAsync(Status status)
    {
        Task? before = null;
        lock (_gate)
        {
            if (_ended)
                before = _deadlineEnd;
            else if (_writing)
                before = (_writeEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        if (before is not null)
            await before;
        if (TakeEnd())
            WriteEnd(status);
        // The timer may have taken the end meanwhile; the request is not to outlive what it writes.
        await _deadlineEnd;
        StopDeadline();
        if (_created is not null)
            await ReleaseAsync(_created);
    }

    private bool IsCancelled => _deadlinePassed || _clientGone || HttpContext.RequestAborted.IsCancellationRequested;

    private bool TakeEnd()
    {
        lock (_gate)
        {
            if (_ended)
                return false;
            _ended = true;
            return true;
        }
    }

    private void BeginWrite()
    {
        lock (_gate)
        {
            if (_ended)
            {
                throw _deadlinePassed
                    ? new OperationCanceledException("The deadline has passed.", CancellationToken)
                    : new InvalidOperationException("Can't write the message because the request is complete.");
            }

            if (_writing)
                throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
            _writing = true;
        }
    }

    private void EndWrite()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _writing = false;
            waiting = _writeEnded;
        }

        waiting?.TrySetResult();
    }

    private void WriteEnd(in Status status)
    {
        // Not RequestAborted: merely to ask it makes Kestrel allocate.
        if (_clientGone)
        {
            _logger.CallAborted(Method);
            return;
        }

        if (status.StatusCode != StatusCode.OK)
            _logger.CallEnded(Method, status.StatusCode, status.Detail);
        try
        {
            Trailers.Write(HttpContext.Response, _hasBody, status, _trailers);
        }
        catch (RpcException e)
        {
            Trailers.Write(HttpContext.Response, _hasBody, e.Status, null);
        }
    }

    private void Reset(int code) => HttpContext.Features.Get<IHttpResetFeature>()?.Reset(code);

    private static async Task ReleaseAsync(List<object> created)
    {
        for (var i = created.Count - 1; i >= 0; i--)
        {
            if (created[i] is IAsyncDisposable later)
                await later.DisposeAsync();
            else
                ((IDisposable)created[i]).Dispose();
        }
    }
}
