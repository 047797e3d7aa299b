using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed class DuplexStreamingHandler<TService, TRequest, TResponse> : CallHandler
    where TService : class
    where TRequest : class
    where TResponse : class
{
    private readonly Method<TRequest, TResponse> _method;
    private readonly DuplexStreamingServerMethod<TRequest, TResponse> _invoke;

    public DuplexStreamingHandler(Method<TRequest, TResponse> method, MethodOptions options, ILogger logger, ServiceActivator<TService> service, Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task> target)
        : base(method, options, logger)
    {
        _method = method;
        _invoke = (requests, responses, context) => target(service.Get(ServerCall.Of(context)), requests, responses, context);
        for (var i = options.Interceptors.Length - 1; i >= 0; i--)
        {
            var (registration, next) = (options.Interceptors[i], _invoke);
            _invoke = (requests, responses, context) => ServerCall.Of(context).Interceptor(registration).DuplexStreamingServerHandler(requests, responses, context, next);
        }
    }

    protected override Task ServeAsync(ServerCall call) => _invoke(
        new ServerStreamReader<TRequest>(call, _method.RequestMarshaller),
        new ServerStreamWriter<TResponse>(call, _method.ResponseMarshaller),
        call);
}
