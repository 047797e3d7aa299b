namespace Scheduler.Router.Table;

/// <summary>How the next backend of a route is chosen.</summary>
public enum Balancing
{
    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>The one with the fewest requests under way at this router.</summary>
    LeastConnection,
}

/// <param name="Balancing">For routes that say nothing of their own.</param>
/// <param name="MostRequests">Requests that one backend may have under way.</param>
internal sealed record PickRules(Balancing Balancing, int MostRequests);

/// <summary>The backend for a request, or why there is none.</summary>
internal readonly record struct Pick(Backend? Backend, PickFailure Failure);

internal enum PickFailure
{
    None,

    /// <summary>The route has no instance at present.</summary>
    NoEndpoints,

    /// <summary>This request has failed at every one.</summary>
    AllTried,

    /// <summary>Every other one has as many requests as allowed.</summary>
    AllBusy,
}
