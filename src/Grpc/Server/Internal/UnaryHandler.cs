using Grpc.Core;
using Grpc.Wire;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed class UnaryHandler<TService, TRequest, TResponse> : CallHandler
    where TService : class
    where TRequest : class
    where TResponse : class
{
    private readonly Method<TRequest, TResponse> _method;
    private readonly UnaryServerMethod<TRequest, TResponse> _invoke;

    public UnaryHandler(Method<TRequest, TResponse> method, MethodOptions options, ILogger logger, ServiceActivator<TService> service, Func<TService, TRequest, ServerCallContext, Task<TResponse>> target)
        : base(method, options, logger)
    {
        _method = method;
        _invoke = (request, context) => target(service.Get(ServerCall.Of(context)), request, context);
        for (var i = options.Interceptors.Length - 1; i >= 0; i--)
        {
            var (registration, next) = (options.Interceptors[i], _invoke);
            _invoke = (request, context) => ServerCall.Of(context).Interceptor(registration).UnaryServerHandler(request, context, next);
        }
    }

    protected override async Task ServeAsync(ServerCall call)
    {
        var request = await call.ReadSingleAsync(_method.RequestMarshaller);
        var response = await _invoke(request, call) ?? throw Failure.Internal("No message returned from method.");
        call.Write(_method.ResponseMarshaller, response, null);
    }
}
