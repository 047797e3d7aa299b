using Grpc.Core;
using Grpc.Wire;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed class ClientStreamingHandler<TService, TRequest, TResponse> : CallHandler
    where TService : class
    where TRequest : class
    where TResponse : class
{
    private readonly Method<TRequest, TResponse> _method;
    private readonly ClientStreamingServerMethod<TRequest, TResponse> _invoke;

    public ClientStreamingHandler(Method<TRequest, TResponse> method, MethodOptions options, ILogger logger, ServiceActivator<TService> service, Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>> target)
        : base(method, options, logger)
    {
        _method = method;
        _invoke = (stream, context) => target(service.Get(ServerCall.Of(context)), stream, context);
        for (var i = options.Interceptors.Length - 1; i >= 0; i--)
        {
            var (registration, next) = (options.Interceptors[i], _invoke);
            _invoke = (stream, context) => ServerCall.Of(context).Interceptor(registration).ClientStreamingServerHandler(stream, context, next);
        }
    }

    protected override async Task ServeAsync(ServerCall call)
    {
        var requests = new ServerStreamReader<TRequest>(call, _method.RequestMarshaller);
        var response = await _invoke(requests, call) ?? throw Failure.Internal("No message returned from method.");
        call.Write(_method.ResponseMarshaller, response, null);
    }
}
