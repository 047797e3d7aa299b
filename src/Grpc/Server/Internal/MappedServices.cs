using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>What has been mapped, to tell an unknown service from an unknown method.</summary>
internal sealed class MappedServices(IServiceCollection registrations)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _fallback;

    /// <summary>Adds a service while the application is built.</summary>
    public void Add(string name) => _names.Add(name);

    public bool Contains(string name) => _names.Contains(name);

    /// <summary>Whether one object serves all calls to a service, so that it need not be looked up, in a scope of its own, for each.</summary>
    public bool IsSingleton(Type service)
    {
        for (var i = registrations.Count - 1; i >= 0; i--)
            if (registrations[i].ServiceType == service && !registrations[i].IsKeyedService)
                return registrations[i].Lifetime == ServiceLifetime.Singleton;
        return false;
    }

    /// <summary>True the first time: the endpoint for unknown methods is to be mapped once.</summary>
    public bool TakeFallback() => !Interlocked.Exchange(ref _fallback, true);
}
