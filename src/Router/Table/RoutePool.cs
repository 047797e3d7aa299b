namespace Scheduler.Router.Table;

/// <summary>The backends of one route. Requests pick from it while the table's owner replaces the list.</summary>
/// <param name="turn">Where round robin begins, so that several routers do not all begin with the same instance.</param>
internal sealed class RoutePool(RouteUri uri, uint turn)
{
    private Backend[] _backends = [];
    private uint _turn = turn;

    public RouteUri Uri { get; } = uri;

    public IReadOnlyList<Backend> Backends => Volatile.Read(ref _backends);

    /// <summary>How this route is balanced; null for the router's default.</summary>
    public Balancing? Balancing { get; private set; }

    /// <summary>
    /// Whether requests must pass a route service first, which this router cannot do. They are refused: the service may be what checks them.
    /// </summary>
    public bool NeedsRouteService { get; private set; }

    /// <summary>Since when it has no backend.</summary>
    public TimeSpan EmptySince { get; private set; }

    /// <summary>Takes the backend whose turn it is and counts the request on it.</summary>
    /// <param name="preferred">The instance that served this client before; empty for none. Taken even if it was set aside.</param>
    /// <param name="tried">Backends that this request must not try again.</param>
    public Pick Take(string preferred, IReadOnlyList<Backend> tried, PickRules rules, TimeSpan now)
    {
        var backends = Volatile.Read(ref _backends);
        if (backends.Length == 0)
            return new Pick(null, PickFailure.NoEndpoints);
        if (
            preferred.Length > 0
            && Find(backends, preferred) is { } sticky
            && !tried.Contains(sticky)
            && sticky.TryBegin(rules.MostRequests)
        )
            return new Pick(sticky, PickFailure.None);
        var start = (int)(Interlocked.Increment(ref _turn) % (uint)backends.Length);
        var best =
            Best(backends, start, tried, rules, now, evenIfSetAside: false)
            // A wrong guess costs one refused connection; refusing the request costs the request.
            ?? Best(backends, start, tried, rules, now, evenIfSetAside: true);
        if (best is not null)
            return new Pick(best, PickFailure.None);
        return new Pick(null, backends.All(tried.Contains) ? PickFailure.AllTried : PickFailure.AllBusy);
    }

    /// <summary>Takes one instance of an application, or nothing.</summary>
    public Pick TakeInstance(string app, string index, PickRules rules, IReadOnlyList<Backend> tried)
    {
        foreach (var backend in Volatile.Read(ref _backends))
        {
            if (backend.Identity.App != app || backend.Identity.InstanceIndex != index)
                continue;
            if (tried.Contains(backend))
                return new Pick(null, PickFailure.AllTried);
            return backend.TryBegin(rules.MostRequests) ? new Pick(backend, PickFailure.None) : new Pick(null, PickFailure.AllBusy);
        }

        return new Pick(null, PickFailure.NoEndpoints);
    }

    public void Describe(RegistryMessage message)
    {
        NeedsRouteService = message.RouteServiceUrl.Length > 0;
        Balancing = message.Options?.LoadBalancing switch
        {
            "round-robin" => Table.Balancing.RoundRobin,
            "least-connection" => Table.Balancing.LeastConnection,
            _ => null,
        };
    }

    public void Replace(Backend[] backends, TimeSpan now)
    {
        if (backends.Length == 0)
            EmptySince = now;
        Volatile.Write(ref _backends, backends);
    }

    private Backend? Best(Backend[] backends, int start, IReadOnlyList<Backend> tried, PickRules rules, TimeSpan now, bool evenIfSetAside)
    {
        var isLeast = (Balancing ?? rules.Balancing) == Table.Balancing.LeastConnection;
        Backend? least = null;
        for (var i = 0; i < backends.Length; i++)
        {
            var backend = backends[(start + i) % backends.Length];
            if (tried.Contains(backend) || (!evenIfSetAside && backend.IsSetAside(now)))
                continue;
            if (!isLeast && backend.TryBegin(rules.MostRequests))
                return backend;
            if (isLeast && (least is null || backend.Requests < least.Requests))
                least = backend;
        }

        return least?.TryBegin(rules.MostRequests) == true ? least : null;
    }

    private static Backend? Find(Backend[] backends, string instanceId)
    {
        foreach (var backend in backends)
        {
            if (backend.Identity.InstanceId == instanceId)
                return backend;
        }

        return null;
    }
}
