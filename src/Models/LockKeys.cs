namespace Scheduler.Models;

/// <summary>Keys of the BBS's locks. Of each kind of part, the holder of its lock is active and the others are standbys.</summary>
public static class LockKeys
{
    /// <summary>Its value is the URL to which starts are sent.</summary>
    public const string Auctioneer = "auctioneer";

    public const string Converger = "converger";

    public const string RouteEmitter = "route_emitter";
}
