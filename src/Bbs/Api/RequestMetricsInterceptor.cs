using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Scheduler.Bbs.Api;

/// <summary>Counts calls by method and measures the latency of unary calls.</summary>
internal sealed class RequestMetricsInterceptor(BbsMetrics metrics, TimeProvider time) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    )
    {
        var started = time.GetTimestamp();
        try
        {
            return await continuation(request, context);
        }
        finally
        {
            metrics.Requested(context.Method, time.GetElapsedTime(started));
        }
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        metrics.Requested(context.Method, null);
        return continuation(request, responseStream, context);
    }
}
