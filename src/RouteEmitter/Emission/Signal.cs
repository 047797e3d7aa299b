using Scheduler.Contracts.V1;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

internal enum SignalKind
{
    /// <summary>A snapshot begins; what was read of an earlier one is void.</summary>
    SnapshotBegins,

    Event,

    BusConnected,

    RouterAnswered,

    RouterStarted,

    /// <summary>Time has passed.</summary>
    Tick,
}

/// <summary>One thing that the emitter's loop reacts to.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Event">Of Event.</param>
/// <param name="Receiver">Of RouterAnswered and RouterStarted: who.</param>
/// <param name="Interval">Of RouterAnswered and RouterStarted: what it asks for.</param>
internal readonly record struct Signal(SignalKind Kind, Event? Event = null, RouteKind Receiver = default, TimeSpan Interval = default);
