namespace Scheduler.Hosting.Roles;

/// <summary>Roles of a peer: the organizational units of its certificate, one role each, in kebab case (<c>route-emitter</c>).</summary>
[Flags]
public enum PeerRoles
{
    None = 0,
    Bbs = 1,
    Auctioneer = 2,
    Rep = 4,
    Converger = 8,
    RouteEmitter = 16,

    /// <summary>A platform component or operator: desires, reads, drains.</summary>
    Client = 32,

    Components = Bbs | Auctioneer | Rep | Converger | RouteEmitter,
    Any = Components | Client,
}
