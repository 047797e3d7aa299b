using Scheduler.Contracts.V1;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

internal enum SignalKind
{
    /// <summary>A snapshot begins; what was read of an earlier one is discarded.</summary>
    SnapshotBegins,

    Event,

    BusConnected,

    RouterAnswered,

    RouterStarted,

    /// <summary>Time has passed.</summary>
    Tick,
}

/// <summary>One event for the emitter's loop.</summary>
/// <param name="Kind">The kind of signal.</param>
/// <param name="Event">For Event.</param>
/// <param name="Receiver">For RouterAnswered and RouterStarted: the receiver.</param>
/// <param name="Interval">For RouterAnswered and RouterStarted: the interval that it requests.</param>
internal readonly record struct Signal(SignalKind Kind, Event? Event = null, RouteKind Receiver = default, TimeSpan Interval = default);
