using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Finds the object that serves a call: registered as a service, or made for the call.</summary>
internal static class ServiceActivator<TService>
    where TService : class
{
    private static readonly Lazy<ObjectFactory<TService>> Factory = new(static () => ActivatorUtilities.CreateFactory<TService>(Type.EmptyTypes));

    public static (TService Instance, bool Created) Get(IServiceProvider services) =>
        services.GetService<TService>() is { } registered ? (registered, false) : (Factory.Value(services, null), true);
}
