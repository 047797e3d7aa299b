using Grpc.Core;
using Scheduler.Hosting.Roles;

namespace Scheduler.Bbs.Api;

/// <summary>
/// Who may take which lock. Whoever holds a part's lock is that part to everybody else: starts are offered to the URL in the
/// auctioneer's. So each is for its part only, and a name of nobody's is a client's own.
/// </summary>
internal static class LockAccess
{
    /// <exception cref="DomainException">PermissionDenied: the lock is for others.</exception>
    public static void Check(ServerCallContext context, string key) =>
        PeerIdentity.RequireRole(context, Holders(key), $"the lock \"{key}\"");

    public static PeerRoles Holders(string key) => key switch
    {
        LockKeys.Auctioneer => PeerRoles.Auctioneer,
        LockKeys.Converger => PeerRoles.Converger,
        LockKeys.RouteEmitter => PeerRoles.RouteEmitter,
        _ => PeerRoles.Client,
    };
}
