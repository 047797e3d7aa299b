using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Finds the methods of a service class through its generated <c>BindService</c> and maps each to its path.</summary>
internal static class ServiceMapper
{
    public static GrpcServiceEndpointConventionBuilder Map<TService>(IEndpointRouteBuilder endpoints, MappedServices mapped)
        where TService : class
    {
        var services = endpoints.ServiceProvider;
        var all = services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value;
        var own = services.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value;
        var options = MethodOptions.From(all, own, services.GetService<TimeProvider>() ?? TimeProvider.System);
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Grpc.AspNetCore.Server." + typeof(TService).Name);
        var binder = new MethodBinder<TService>(endpoints, options, logger, new ServiceActivator<TService>(services, mapped.IsSingleton(typeof(TService))), mapped);
        Bind(typeof(TService), binder);
        if (all.IgnoreUnknownServices != true && mapped.TakeFallback())
            UnknownMethods.Map(endpoints, mapped);
        return new GrpcServiceEndpointConventionBuilder(binder.Endpoints);
    }

    /// <summary>The service base that generated code put under a type.</summary>
    public static BindServiceMethodAttribute? FindBinding(Type serviceType)
    {
        for (var type = serviceType; type is not null; type = type.BaseType)
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } found)
                return found;
        return null;
    }

    private static void Bind(Type serviceType, ServiceBinderBase binder)
    {
        var binding = FindBinding(serviceType)
            ?? throw new InvalidOperationException($"Cannot locate BindService(ServiceBinderBase, ServiceBase) method for the current service type: {serviceType.FullName}. It does not derive from a generated service base.");
        foreach (var method in binding.BindType.GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            if (method.Name != binding.BindMethodName || method.GetParameters() is not [{ } first, _] || first.ParameterType != typeof(ServiceBinderBase))
                continue;
            // Without an instance the generated code names the methods only; which object serves is found call by call.
            method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [binder, null], null);
            return;
        }

        throw new InvalidOperationException($"{binding.BindType.FullName} has no method {binding.BindMethodName}(ServiceBinderBase, ...).");
    }
}
