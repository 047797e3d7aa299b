using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Scheduler.Models;

namespace Scheduler.Contracts.Errors;

/// <summary>
/// Interceptor that converts exceptions of service methods to a status: a <see cref="DomainException"/> with its typed detail, a caller
/// that went away to CANCELLED, anything else to a logged INTERNAL that reveals no internals to the caller.
/// </summary>
public sealed partial class DomainErrorServerInterceptor(ILogger<DomainErrorServerInterceptor> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    )
    {
        try
        {
            return continuation(request, context).TranslateFailure(thrown => Known(thrown, context));
        }
        catch (Exception thrown) when (thrown is not RpcException)
        {
            return Task.FromException<TResponse>(Translate(thrown, context));
        }
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        try
        {
            return continuation(request, responseStream, context).TranslateFailure(thrown => Known(thrown, context));
        }
        catch (Exception thrown) when (thrown is not RpcException)
        {
            return Task.FromException(Translate(thrown, context));
        }
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        try
        {
            return continuation(requestStream, context).TranslateFailure(thrown => Known(thrown, context));
        }
        catch (Exception thrown) when (thrown is not RpcException)
        {
            return Task.FromException<TResponse>(Translate(thrown, context));
        }
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        try
        {
            return continuation(requestStream, responseStream, context).TranslateFailure(thrown => Known(thrown, context));
        }
        catch (Exception thrown) when (thrown is not RpcException)
        {
            return Task.FromException(Translate(thrown, context));
        }
    }

    private RpcException Known(Exception thrown, ServerCallContext context) => thrown as RpcException ?? Translate(thrown, context);

    private RpcException Translate(Exception thrown, ServerCallContext context)
    {
        switch (thrown)
        {
            case DomainException domain:
                return ErrorMapping.ToRpcException(domain.Error);
            // If the call's token has fired, any failure it caused (a cancelled wait, a write to a closed stream) is due to the caller
            // leaving, not a server error.
            case Exception when context.CancellationToken.IsCancellationRequested:
            case OperationCanceledException:
                return new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled"));
            default:
                LogUnexpected(logger, thrown, context.Method);
                return new RpcException(new Status(StatusCode.Internal, "internal error; see the server's log for details"));
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} failed with an unexpected exception; its caller received an internal error")]
    private static partial void LogUnexpected(ILogger logger, Exception thrown, string method);
}
