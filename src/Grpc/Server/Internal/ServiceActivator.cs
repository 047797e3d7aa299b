using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Finds the object that serves a call: registered as a service, or made for the call.</summary>
internal sealed class ServiceActivator<TService>(IServiceProvider application, bool isSingleton)
    where TService : class
{
    private readonly Lazy<ObjectFactory<TService>> _factory = new(static () => ActivatorUtilities.CreateFactory<TService>(Type.EmptyTypes));
    private TService? _singleton;

    public TService Get(ServerCall call)
    {
        if (isSingleton)
            return _singleton ??= application.GetRequiredService<TService>();
        var services = call.HttpContext.RequestServices;
        if (services.GetService<TService>() is { } registered)
            return registered;
        var made = _factory.Value(services, null);
        call.Release(made);
        return made;
    }
}
