namespace Scheduler.Simulation.Scenarios;

/// <summary>The valid targets of each kind of fault.</summary>
internal static class FaultRules
{
    private static readonly FaultTarget[] Parts =
    [
        FaultTarget.Bbs,
        FaultTarget.ActiveBbs,
        FaultTarget.Auctioneer,
        FaultTarget.Converger,
        FaultTarget.RouteEmitter,
        FaultTarget.Router,
        FaultTarget.Rep,
        FaultTarget.AnyControl,
        FaultTarget.Any,
    ];

    public static IReadOnlyList<FaultTarget> TargetsOf(FaultKind kind) =>
        kind switch
        {
            FaultKind.PowerLoss
            or FaultKind.Evacuate
            or FaultKind.Verdict
            or FaultKind.CrashContainers
            or FaultKind.Mute
            or FaultKind.SickRuntime => [FaultTarget.Rep],
            FaultKind.Outage => [FaultTarget.Database, FaultTarget.Broker],
            FaultKind.StoreStorm => [FaultTarget.Database],
            FaultKind.NetworkStorm => [FaultTarget.Any],
            FaultKind.Starve => [.. Parts, FaultTarget.All],
            FaultKind.Pause or FaultKind.ClockJump or FaultKind.ClockDrift => [.. Parts, FaultTarget.Database],
            FaultKind.Kill
            or FaultKind.KillMidway
            or FaultKind.Restart
            or FaultKind.Isolate
            or FaultKind.Cut
            or FaultKind.BreakConnections => Parts,
        };

    /// <summary>Whether the fault has a duration, instead of being over at once.</summary>
    public static bool Lasts(FaultKind kind) =>
        kind is not (FaultKind.ClockJump or FaultKind.CrashContainers or FaultKind.BreakConnections);
}
