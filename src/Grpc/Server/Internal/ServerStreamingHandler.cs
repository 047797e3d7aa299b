using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed class ServerStreamingHandler<TService, TRequest, TResponse> : CallHandler
    where TService : class
    where TRequest : class
    where TResponse : class
{
    private readonly Method<TRequest, TResponse> _method;
    private readonly ServerStreamingServerMethod<TRequest, TResponse> _invoke;

    public ServerStreamingHandler(Method<TRequest, TResponse> method, MethodOptions options, ILogger logger, ServiceActivator<TService> service, Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> target)
        : base(method, options, logger)
    {
        _method = method;
        _invoke = (request, stream, context) => target(service.Get(ServerCall.Of(context)), request, stream, context);
        for (var i = options.Interceptors.Length - 1; i >= 0; i--)
        {
            var (registration, next) = (options.Interceptors[i], _invoke);
            _invoke = (request, stream, context) => ServerCall.Of(context).Interceptor(registration).ServerStreamingServerHandler(request, stream, context, next);
        }
    }

    protected override async Task ServeAsync(ServerCall call)
    {
        var request = await call.ReadSingleAsync(_method.RequestMarshaller);
        await _invoke(request, new ServerStreamWriter<TResponse>(call, _method.ResponseMarshaller), call);
    }
}
