using Grpc.Core;
using Grpc.Core.Interceptors;
using Scheduler.Models;

namespace Scheduler.Contracts.Errors;

/// <summary>
/// The inverse of <see cref="DomainErrorServerInterceptor"/>: callers get a <see cref="DomainException"/> for errors of the server or the
/// connection, and an <see cref="OperationCanceledException"/> for their own cancellation.
/// </summary>
public sealed class DomainErrorClientInterceptor : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation
    )
    {
        var call = continuation(request, context);
        return new AsyncUnaryCall<TResponse>(
            call.ResponseAsync.TranslateFailure(failure => Translate(failure, context.Options.CancellationToken)),
            call.ResponseHeadersAsync,
            call.GetStatus,
            call.GetTrailers,
            call.Dispose
        );
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation
    )
    {
        var call = continuation(request, context);
        return new AsyncServerStreamingCall<TResponse>(
            new TranslatingReader<TResponse>(call.ResponseStream, context.Options.CancellationToken),
            call.ResponseHeadersAsync,
            call.GetStatus,
            call.GetTrailers,
            call.Dispose
        );
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation
    )
    {
        var call = continuation(context);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            new TranslatingWriter<TRequest>(call.RequestStream, context.Options.CancellationToken),
            new TranslatingReader<TResponse>(call.ResponseStream, context.Options.CancellationToken),
            call.ResponseHeadersAsync,
            call.GetStatus,
            call.GetTrailers,
            call.Dispose
        );
    }

    private static Exception Translate(Exception thrown, CancellationToken cancellationToken) =>
        thrown switch
        {
            RpcException { StatusCode: StatusCode.Cancelled } failure when cancellationToken.IsCancellationRequested =>
                new OperationCanceledException(failure.Status.Detail, failure, cancellationToken),
            RpcException failure when ErrorMapping.IsLostConnection(failure) => new DomainException(
                new DomainError(ErrorKind.Unavailable, $"the connection was lost: {failure.Status.DebugException!.Message}"),
                failure
            ),
            RpcException failure => new DomainException(ErrorMapping.ToDomainError(failure), failure),
            ObjectDisposedException => new DomainException(
                new DomainError(ErrorKind.Unavailable, "the connection was closed by this client"),
                thrown
            ),
            _ => thrown,
        };

    private sealed class TranslatingWriter<T>(IClientStreamWriter<T> inner, CancellationToken callToken) : IClientStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => inner.WriteAsync(message).TranslateFailure(failure => Translate(failure, callToken));

        public Task WriteAsync(T message, CancellationToken cancellationToken) =>
            inner
                .WriteAsync(message, cancellationToken)
                .TranslateFailure(failure => Translate(failure, cancellationToken.IsCancellationRequested ? cancellationToken : callToken));

        public Task CompleteAsync() => inner.CompleteAsync().TranslateFailure(failure => Translate(failure, callToken));
    }

    private sealed class TranslatingReader<T>(IAsyncStreamReader<T> inner, CancellationToken callToken) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            var moving = Move(cancellationToken);
            await moving.Ended();
            return moving.Failure() is { } failure
                ? throw Translate(failure, cancellationToken.IsCancellationRequested ? cancellationToken : callToken)
                : await moving;
        }

        // A reader throws synchronously if its channel was disposed while in use, as when its peer is released.
        private Task<bool> Move(CancellationToken cancellationToken)
        {
            try
            {
                return inner.MoveNext(cancellationToken);
            }
            catch (ObjectDisposedException disposed)
            {
                return Task.FromException<bool>(disposed);
            }
        }
    }
}
