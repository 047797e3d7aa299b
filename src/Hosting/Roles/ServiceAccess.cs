namespace Scheduler.Hosting.Roles;

/// <summary>
/// Which roles may call which methods. Services are split by caller, so the table has one line per service; only services that clients
/// share with the components distinguish reads from writes.
/// </summary>
public static class ServiceAccess
{
    private const PeerRoles Everybody = PeerRoles.Any;

    /// <param name="fullMethod">The gRPC path, such as <c>/scheduler.v1.TaskService/Desire</c>.</param>
    /// <returns>The roles of which a caller needs one; none for an unknown method.</returns>
    public static PeerRoles Required(string fullMethod)
    {
        var slash = fullMethod.LastIndexOf('/');
        var service = slash > 0 ? fullMethod[1..slash] : "";
        var method = fullMethod[(slash + 1)..];
        return service switch
        {
            "scheduler.v1.DesiredLRPService"
            or "scheduler.v1.ActualLRPService"
            or "scheduler.v1.TaskService"
            or "scheduler.v1.DomainService"
            or "scheduler.v1.CellService" => method is "Get" or "List" or "ListSchedulingInfos" ? Everybody : PeerRoles.Client,
            "scheduler.v1.ChangeService" => PeerRoles.Client,
            "scheduler.v1.EventService" => Everybody,
            "scheduler.v1.CellLRPService"
            or "scheduler.v1.CellTaskService"
            or "scheduler.v1.CellReportService"
            or "scheduler.v1.PresenceService" => PeerRoles.Rep,
            "scheduler.v1.PlacementService" => PeerRoles.Auctioneer,
            "scheduler.v1.ConvergenceService" => PeerRoles.Converger,
            // Which role may hold a lock depends on its name; the service checks that.
            "scheduler.v1.LockService" => method is "List"
                ? Everybody
                : PeerRoles.Auctioneer | PeerRoles.Converger | PeerRoles.RouteEmitter | PeerRoles.Client,
            "scheduler.v1.AuctionService" => method.StartsWith("Request", StringComparison.Ordinal) ? PeerRoles.Bbs : Everybody,
            "scheduler.v1.RepService" => method switch
            {
                "StreamState" => PeerRoles.Auctioneer | PeerRoles.Client,
                "PerformWork" => PeerRoles.Auctioneer,
                "StreamLogs" or "StreamEnded" or "Evacuate" => PeerRoles.Client,
                _ => PeerRoles.Bbs,
            },
            "scheduler.v1.InstanceAccess" => PeerRoles.Client,
            "scheduler.v1.CellImageService" => PeerRoles.Client,
            "grpc.health.v1.Health" or "grpc.reflection.v1.ServerReflection" or "grpc.reflection.v1alpha.ServerReflection" => Everybody,
            _ => PeerRoles.None,
        };
    }
}
