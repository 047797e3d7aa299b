using Grpc.Core;
using Scheduler.Hosting.Roles;

namespace Scheduler.Bbs.Api;

/// <summary>
/// Decides which caller may take which lock. The holder of a component's lock acts as that component: for example, starts go to the URL
/// in the auctioneer's lock. So each of these locks is reserved for its component; clients may use any other name.
/// </summary>
internal static class LockAccess
{
    /// <exception cref="DomainException">PermissionDenied: the lock is reserved for another component.</exception>
    public static void Check(ServerCallContext context, string key) =>
        PeerIdentity.RequireRole(context, Holders(key), $"the lock \"{key}\"");

    public static PeerRoles Holders(string key) =>
        key switch
        {
            LockKeys.Auctioneer => PeerRoles.Auctioneer,
            LockKeys.Converger => PeerRoles.Converger,
            LockKeys.RouteEmitter => PeerRoles.RouteEmitter,
            _ => PeerRoles.Client,
        };
}
