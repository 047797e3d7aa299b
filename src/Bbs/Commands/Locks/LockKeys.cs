namespace Scheduler.Bbs.Commands.Locks;

/// <summary>Locks of the parts: one of each kind works at a time.</summary>
internal static class LockKeys
{
    /// <summary>Its value is the URL that starts are offered to.</summary>
    public const string Auctioneer = "auctioneer";

    public const string Converger = "converger";

    public const string RouteEmitter = "route_emitter";
}
