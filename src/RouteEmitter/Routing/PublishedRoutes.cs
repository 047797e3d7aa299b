using System.Runtime.InteropServices;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>
/// What the routers have been told, by their own key. Several rows may stand behind one key (an instance that is
/// moving to its evacuating row, two instances that claim one address): the router is told of the first and
/// the last of them, not of each.
/// </summary>
internal sealed class PublishedRoutes
{
    private readonly Dictionary<RouterKey, Registration[]> _byKey = [];

    public int HttpCount { get; private set; }

    public int InternalCount => _byKey.Count - HttpCount;

    public IReadOnlyDictionary<RouterKey, Registration[]> ByKey => _byKey;

    public bool Contains(RouterKey key) => _byKey.ContainsKey(key);

    /// <summary>Whether it is this registration, of those behind its key, that the router was told last.</summary>
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
        // The router holds what was registered last; when that leaves, it must hear of the one that stays.
        if (at == rest.Length && !rest[^1].IsSameAs(registration))
            changes.Register.Add(new NewRegistration(rest[^1], IsNewEndpoint: false));
    }

    // The very route of the very row, not one that looks like it.
    private static bool Holds(Registration held, Registration registration) =>
        ReferenceEquals(held.Route, registration.Route) && ReferenceEquals(held.Endpoint, registration.Endpoint);
}
