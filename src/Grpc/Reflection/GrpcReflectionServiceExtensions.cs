using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.AspNetCore.Server.Internal;
using Grpc.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Contract = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds reflection to an application.</summary>
public static class GrpcReflectionServiceExtensions
{
    /// <summary>Adds what <c>MapGrpcReflectionService</c> needs. Reflection tells of every service mapped when it is first asked.</summary>
    public static IServiceCollection AddGrpcReflection(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddGrpc();
        services.TryAddSingleton(static provider => new ReflectionServiceImpl(Mapped(provider)));
        services.TryAddSingleton(static provider => new ReflectionV1ServiceImpl(Mapped(provider)));
        return services;
    }

    private static IEnumerable<Contract> Mapped(IServiceProvider provider) => provider.GetRequiredService<EndpointDataSource>().Endpoints
        .Select(static endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.ServiceType)
        .OfType<Type>()
        .Distinct()
        .Select(Describe)
        .OfType<Contract>();

    // Code generated from a contract has its descriptor beside the service base.
    private static Contract? Describe(Type service) => ServiceMapper.FindBinding(service)?.BindType
        .GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as Contract;
}
