using System.Reflection;
using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Scheduler.Contracts.Errors;
using Scheduler.Models;

namespace Scheduler.Hosting;

/// <summary>
/// Discovery of a service's methods. It works as in the framework, but treats request bytes that cannot be parsed as the caller's error:
/// INVALID_ARGUMENT with the reason. The framework would treat it as a server failure and log it with a stack trace. An interceptor cannot
/// change that, because it runs after the request is read.
/// </summary>
internal sealed class CheckedMethods<TService> : IServiceMethodProvider<TService>
    where TService : class
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context)
    {
        var generated =
            typeof(TService).GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)
            ?? throw new InvalidOperationException($"{typeof(TService)} has no base class that was generated from a contract");
        var bind = generated
            .BindType.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Single(method =>
                method.Name == generated.BindMethodName
                && method.GetParameters() is [{ ParameterType: var binder }, _]
                && binder == typeof(ServiceBinderBase)
            );
        bind.Invoke(null, [new Binder(context), null]);
    }

    private static Method<TRequest, TResponse> Checked<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        var read = method.RequestMarshaller.ContextualDeserializer;
        return new Method<TRequest, TResponse>(
            method.Type,
            method.ServiceName,
            method.Name,
            Marshallers.Create(method.RequestMarshaller.ContextualSerializer, Read),
            method.ResponseMarshaller
        );

        TRequest Read(DeserializationContext context)
        {
            try
            {
                return read(context);
            }
            catch (InvalidProtocolBufferException broken)
            {
                throw ErrorMapping.ToRpcException(
                    DomainError.Invalid("request", $"is not a valid {typeof(TRequest).Name}: {broken.Message}")
                );
            }
        }
    }

    private sealed class Binder(ServiceMethodProviderContext<TService> context) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            UnaryServerMethod<TRequest, TResponse>? handler
        )
        {
            var (invoker, metadata) = Find<UnaryServerMethod<TService, TRequest, TResponse>>(
                method,
                typeof(TRequest),
                typeof(ServerCallContext)
            );
            context.AddUnaryMethod(Checked(method), metadata, invoker);
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            ServerStreamingServerMethod<TRequest, TResponse>? handler
        )
        {
            var (invoker, metadata) = Find<ServerStreamingServerMethod<TService, TRequest, TResponse>>(
                method,
                typeof(TRequest),
                typeof(IServerStreamWriter<TResponse>),
                typeof(ServerCallContext)
            );
            context.AddServerStreamingMethod(Checked(method), metadata, invoker);
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            ClientStreamingServerMethod<TRequest, TResponse>? handler
        )
        {
            var (invoker, metadata) = Find<ClientStreamingServerMethod<TService, TRequest, TResponse>>(
                method,
                typeof(IAsyncStreamReader<TRequest>),
                typeof(ServerCallContext)
            );
            context.AddClientStreamingMethod(Checked(method), metadata, invoker);
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            DuplexStreamingServerMethod<TRequest, TResponse>? handler
        )
        {
            var (invoker, metadata) = Find<DuplexStreamingServerMethod<TService, TRequest, TResponse>>(
                method,
                typeof(IAsyncStreamReader<TRequest>),
                typeof(IServerStreamWriter<TResponse>),
                typeof(ServerCallContext)
            );
            context.AddDuplexStreamingMethod(Checked(method), metadata, invoker);
        }

        private static (TInvoker Invoker, IList<object> Metadata) Find<TInvoker>(IMethod method, params Type[] parameters)
            where TInvoker : Delegate
        {
            var handler =
                typeof(TService).GetMethod(method.Name, parameters)
                ?? throw new InvalidOperationException($"{typeof(TService)} has no method {method.Name}");
            // The service's attributes come before the method's, which override them.
            return (
                handler.CreateDelegate<TInvoker>(),
                [
                    .. typeof(TService).GetCustomAttributes(inherit: true),
                    .. handler.GetCustomAttributes(inherit: true),
                    new HttpMethodMetadata(["POST"], acceptCorsPreflight: true),
                ]
            );
        }
    }
}
