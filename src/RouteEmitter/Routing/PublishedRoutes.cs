using System.Runtime.InteropServices;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>
/// What has been published to the routers, by the router's own key. Several rows may share a key (an instance moving to its evacuating row,
/// two instances that claim one address): the key is registered with the first of them and unregistered with the last, not with each.
/// </summary>
internal sealed class PublishedRoutes
{
    private readonly Dictionary<RouterKey, Registration[]> _byKey = [];

    public int HttpCount { get; private set; }

    public int InternalCount => _byKey.Count - HttpCount;

    public IReadOnlyDictionary<RouterKey, Registration[]> ByKey => _byKey;

    public bool Contains(RouterKey key) => _byKey.ContainsKey(key);

    /// <summary>Whether this registration is the one last published for its key.</summary>
    public bool Speaks(Registration registration) => Holds(_byKey[registration.Key][^1], registration);

    public void Add(Registration registration, bool isNewEndpoint, RouteChanges changes)
    {
        ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, registration.Key, out var isKnown);
        if (!isKnown)
        {
            holders = [registration];
            HttpCount += registration.Route.Kind == RouteKind.Http ? 1 : 0;
            changes.Register.Add(new NewRegistration(registration, isNewEndpoint));
            return;
        }

        if (!holders![^1].IsSameAs(registration))
            changes.Register.Add(new NewRegistration(registration, isNewEndpoint));
        holders = [.. holders, registration];
    }

    public void Remove(Registration registration, RouteChanges changes)
    {
        var key = registration.Key;
        if (!_byKey.TryGetValue(key, out var holders))
            return;
        var at = Array.FindIndex(holders, held => Holds(held, registration));
        if (at < 0)
            return;
        if (holders.Length == 1)
        {
            _byKey.Remove(key);
            HttpCount -= registration.Route.Kind == RouteKind.Http ? 1 : 0;
            changes.Unregister.Add(registration);
            return;
        }

        Registration[] rest = [.. holders[..at], .. holders[(at + 1)..]];
        _byKey[key] = rest;
        // The router holds the last registration of the key. When that one is removed, publish the remaining one.
        if (at == rest.Length && !rest[^1].IsSameAs(registration))
            changes.Register.Add(new NewRegistration(rest[^1], IsNewEndpoint: false));
    }

    // The same route and endpoint objects, not equal ones.
    private static bool Holds(Registration held, Registration registration) =>
        ReferenceEquals(held.Route, registration.Route) && ReferenceEquals(held.Endpoint, registration.Endpoint);
}
