using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.Errors;

namespace Scheduler.Simulation.Network;

/// <summary>The services of one process, bound as by a gRPC server, with the product's own error translation around them.</summary>
internal sealed class SimulatedServer(ILoggerFactory loggers) : ServiceBinderBase
{
    private readonly Dictionary<string, Delegate> _methods = new(StringComparer.Ordinal);
    private readonly Interceptor _errors = new DomainErrorServerInterceptor(loggers.CreateLogger<DomainErrorServerInterceptor>());

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is null)
            return;
        UnaryServerMethod<TRequest, TResponse> served = (request, context) => _errors.UnaryServerHandler(request, context, handler);
        _methods.Add(method.FullName, served);
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ServerStreamingServerMethod<TRequest, TResponse>? handler
    )
    {
        if (handler is null)
            return;
        ServerStreamingServerMethod<TRequest, TResponse> served = (request, stream, context) =>
            _errors.ServerStreamingServerHandler(request, stream, context, handler);
        _methods.Add(method.FullName, served);
    }

    public T? Find<T>(IMethod method)
        where T : Delegate => _methods.GetValueOrDefault(method.FullName) as T;
}
