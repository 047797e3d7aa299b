using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Maps each method that <c>BindService</c> names to a handler that calls it on an instance of the service.</summary>
internal sealed class MethodBinder<TService>(IEndpointRouteBuilder endpoints, MethodOptions options, ILogger logger, ServiceActivator<TService> service, MappedServices mapped) : ServiceBinderBase
    where TService : class
{
    private readonly List<IEndpointConventionBuilder> _endpoints = [];

    public IReadOnlyList<IEndpointConventionBuilder> Endpoints => _endpoints;

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var info = Find(method, typeof(TRequest), typeof(ServerCallContext));
        var call = info.CreateDelegate<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>();
        Map(info, method, new UnaryHandler<TService, TRequest, TResponse>(method, options, logger, service, call));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var info = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        var call = info.CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>();
        Map(info, method, new ClientStreamingHandler<TService, TRequest, TResponse>(method, options, logger, service, call));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var info = Find(method, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var call = info.CreateDelegate<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        Map(info, method, new ServerStreamingHandler<TService, TRequest, TResponse>(method, options, logger, service, call));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var info = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var call = info.CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        Map(info, method, new DuplexStreamingHandler<TService, TRequest, TResponse>(method, options, logger, service, call));
    }

    private static MethodInfo Find(IMethod method, params Type[] parameters) =>
        typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, parameters)
        ?? throw new InvalidOperationException($"Error binding method '{method.Name}': {typeof(TService).FullName} has no such method.");

    private void Map(MethodInfo info, IMethod method, CallHandler handler)
    {
        mapped.Add(method.ServiceName);
        var endpoint = endpoints.Map(RoutePatternFactory.Parse(method.FullName), handler.InvokeAsync)
            .WithDisplayName("gRPC - " + method.FullName)
            .WithMetadata(new GrpcMethodMetadata(typeof(TService), method), new HttpMethodMetadata(["POST"], acceptCorsPreflight: true));
        // What stands on the class comes first, so that the method's own attributes win.
        endpoint.WithMetadata(typeof(TService).GetCustomAttributes(inherit: true));
        endpoint.WithMetadata(info.GetCustomAttributes(inherit: true));
        _endpoints.Add(endpoint);
    }
}
