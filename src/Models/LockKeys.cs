namespace Scheduler.Models;

/// <summary>The BBS's locks: of each kind of part, the one that holds its lock works and the others stand by.</summary>
public static class LockKeys
{
    /// <summary>Its value is the URL that starts are sent to.</summary>
    public const string Auctioneer = "auctioneer";

    public const string Converger = "converger";

    public const string RouteEmitter = "route_emitter";
}
