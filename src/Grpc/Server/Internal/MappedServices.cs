namespace Grpc.AspNetCore.Server.Internal;

/// <summary>What has been mapped, to tell an unknown service from an unknown method.</summary>
internal sealed class MappedServices
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private bool _fallback;

    /// <summary>Adds a service while the application is built.</summary>
    public void Add(string name) => _names.Add(name);

    public bool Contains(string name) => _names.Contains(name);

    /// <summary>True the first time: the endpoint for unknown methods is to be mapped once.</summary>
    public bool TakeFallback() => !Interlocked.Exchange(ref _fallback, true);
}
