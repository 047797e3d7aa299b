using Grpc.AspNetCore.Server.Internal;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Gives the methods of services their paths.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>Serves a class that derives from a generated service base.</summary>
    /// <exception cref="InvalidOperationException"><c>AddGrpc</c> was not called, or the type has no service base.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        return ServiceMapper.Map<TService>(builder, Mapped(builder));
    }

    private static MappedServices Mapped(IEndpointRouteBuilder builder) =>
        builder.ServiceProvider.GetService<MappedServices>()
        ?? throw new InvalidOperationException("Unable to find the required services. Please add all the required services by calling 'IServiceCollection.AddGrpc' inside the call to 'ConfigureServices(...)' in the application startup code.");
}
