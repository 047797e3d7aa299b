using System.Collections.Concurrent;

namespace Scheduler.Router.Table;

/// <summary>
/// Which route a request belongs to, and which backends serve it. Lookups take no lock; changes take turns. Times are offsets from any
/// fixed moment.
/// </summary>
/// <param name="random">Chooses where each route's round robin begins.</param>
internal sealed class RoutingTable(TableLimits limits, Random random)
{
    private readonly Lock _writing = new();
    private readonly ConcurrentDictionary<string, RoutePool[]> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, RoutePool[]> _wildcards = new(StringComparer.OrdinalIgnoreCase);
    private int _routes;
    private int _backends;

    /// <summary>Routes, including those that have just lost their last backend.</summary>
    public int Routes => Volatile.Read(ref _routes);

    /// <summary>Pairs of route and backend.</summary>
    public int Backends => Volatile.Read(ref _backends);

    /// <summary>Adds the backend to each of the message's routes, or notes that it is still there.</summary>
    /// <returns>What was new or different, and what was refused.</returns>
    public TableChange Register(RegistryMessage message, TimeSpan now)
    {
        var identity = BackendIdentity.Of(message);
        var change = new TableChange();
        lock (_writing)
        {
            foreach (var text in message.Uris)
            {
                if (!RouteUri.TryParse(text, out var uri))
                    change.Malformed++;
                else if ((Find(uri) ?? Add(uri)) is not { } pool)
                    change.BeyondLimit++;
                else
                    Register(pool, message, identity, now, change);
            }
        }

        return change;
    }

    /// <summary>
    /// Removes the backend from each of the message's routes. A message that names another instance than the one registered at this address
    /// is late: the port has been given away since.
    /// </summary>
    /// <returns>How many routes lost it.</returns>
    public int Unregister(RegistryMessage message, TimeSpan now)
    {
        var identity = BackendIdentity.Of(message);
        var removed = 0;
        lock (_writing)
        {
            foreach (var text in message.Uris)
            {
                if (RouteUri.TryParse(text, out var uri) && Find(uri) is { } pool)
                    removed += Remove(pool, backend => backend.IsAt(identity) && IsMeant(identity, backend.Identity), now);
            }
        }

        return removed;

        static bool IsMeant(BackendIdentity message, BackendIdentity known) =>
            message.InstanceId.Length == 0 || known.InstanceId.Length == 0 || message.InstanceId == known.InstanceId;
    }

    /// <summary>Drops backends that were not registered again in time, and routes that have been empty for long.</summary>
    /// <returns>How many backends were dropped.</returns>
    public int Prune(TimeSpan now)
    {
        var pruned = 0;
        lock (_writing)
        {
            foreach (var pool in AllRoutes())
            {
                pruned += Remove(pool, backend => backend.StaleAt <= now, now);
                if (pool.Backends.Count == 0 && pool.EmptySince + limits.EmptyRouteKept <= now)
                    Forget(pool);
            }
        }

        return pruned;
    }

    /// <summary>
    /// Treats every backend as registered just now. Call it when the message bus is back: nobody could register while it was away.
    /// </summary>
    public void Refresh(TimeSpan now)
    {
        lock (_writing)
        {
            foreach (var pool in AllRoutes())
            {
                foreach (var backend in pool.Backends)
                    backend.StaleAt = Max(backend.StaleAt, now + limits.StaleThreshold);
            }
        }
    }

    /// <summary>
    /// The route of a request: that of the exact hostname with the longest matching path, else that of the wildcard with the most labels,
    /// again with its longest path.
    /// </summary>
    /// <param name="host">The hostname, without a port.</param>
    /// <param name="path">The decoded path.</param>
    public RoutePool? Find(ReadOnlySpan<char> host, ReadOnlySpan<char> path)
    {
        if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(host, out var pools) && Longest(pools, path) is { } exact)
            return exact;
        if (_wildcards.IsEmpty)
            return null;
        var wildcards = _wildcards.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var dot = host.IndexOf('.'); dot >= 0; dot = host.IndexOf('.'))
        {
            host = host[(dot + 1)..];
            if (wildcards.TryGetValue(host, out pools) && Longest(pools, path) is { } wildcard)
                return wildcard;
        }

        return null;
    }

    /// <summary>All routes, in no order.</summary>
    public IEnumerable<RoutePool> AllRoutes() => _exact.Values.Concat(_wildcards.Values).SelectMany(pools => pools);

    private static RoutePool? Longest(RoutePool[] pools, ReadOnlySpan<char> path)
    {
        // Longest first.
        foreach (var pool in pools)
        {
            var prefix = pool.Uri.Path;
            if (
                path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                && (path.Length == prefix.Length || prefix.Length == 0 || path[prefix.Length] == '/')
            )
                return pool;
        }

        return null;
    }

    private void Register(RoutePool pool, RegistryMessage message, BackendIdentity identity, TimeSpan now, TableChange change)
    {
        var known = pool.Backends;
        var at = IndexOf(known, identity);
        if (at < 0 && _backends >= limits.MaxBackends)
        {
            change.BeyondLimit++;
            return;
        }

        // Two emitters may tell of one address; the instance that was placed later has it.
        if (
            at >= 0
            && known[at].Identity != identity
            && message.EndpointUpdatedAtNs is not 0 and var updated
            && updated < known[at].UpdatedAt
        )
            return;
        pool.Describe(message);
        if (at >= 0 && known[at].Identity == identity)
        {
            known[at].StaleAt = now + StaleAfter(message);
            return;
        }

        var backend = new Backend(identity, message.EndpointUpdatedAtNs) { StaleAt = now + StaleAfter(message) };
        Backend[] backends = [.. known];
        if (at >= 0)
            backends[at] = backend;
        else
            (backends, _backends) = ([.. known, backend], _backends + 1);
        pool.Replace(backends, now);
        change.Added++;
    }

    private TimeSpan StaleAfter(RegistryMessage message)
    {
        var own = TimeSpan.FromSeconds(message.StaleThresholdInSeconds);
        return own > TimeSpan.Zero && own < limits.StaleThreshold ? own : limits.StaleThreshold;
    }

    private int Remove(RoutePool pool, Func<Backend, bool> isGone, TimeSpan now)
    {
        if (!pool.Backends.Any(isGone))
            return 0;
        Backend[] left = [.. pool.Backends.Where(backend => !isGone(backend))];
        var removed = pool.Backends.Count - left.Length;
        pool.Replace(left, now);
        _backends -= removed;
        return removed;
    }

    private RoutePool? Find(RouteUri uri) =>
        ByKind(uri).TryGetValue(uri.Host, out var pools) ? Array.Find(pools, pool => pool.Uri.Path == uri.Path) : null;

    private RoutePool? Add(RouteUri uri)
    {
        if (_routes >= limits.MaxRoutes)
            return null;
        var pool = new RoutePool(uri, (uint)random.Next());
        var pools = ByKind(uri).GetValueOrDefault(uri.Host, []);
        ByKind(uri)[uri.Host] = [.. pools.Append(pool).OrderByDescending(other => other.Uri.Path.Length)];
        _routes++;
        return pool;
    }

    private void Forget(RoutePool pool)
    {
        var byHost = ByKind(pool.Uri);
        RoutePool[] left = [.. byHost[pool.Uri.Host].Where(other => other != pool)];
        if (left.Length > 0)
            byHost[pool.Uri.Host] = left;
        else
            byHost.TryRemove(pool.Uri.Host, out _);
        _routes--;
    }

    private ConcurrentDictionary<string, RoutePool[]> ByKind(RouteUri uri) => uri.IsWildcard ? _wildcards : _exact;

    private static int IndexOf(IReadOnlyList<Backend> backends, BackendIdentity identity)
    {
        for (var i = 0; i < backends.Count; i++)
        {
            if (backends[i].IsAt(identity))
                return i;
        }

        return -1;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
