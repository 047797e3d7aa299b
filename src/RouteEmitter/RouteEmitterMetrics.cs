using System.Diagnostics.Metrics;

namespace Scheduler.RouteEmitter;

/// <summary>The route emitter's metrics. Those that Diego's emitter has keep their names.</summary>
internal sealed class RouteEmitterMetrics : IDisposable
{
    public const string MeterName = "Scheduler.RouteEmitter";

    private readonly Meter _meter;
    private long _routesTotal;
    private long _internalRoutes;
    private int _connected;

    public RouteEmitterMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        RoutesSynced = _meter.CreateCounter<long>("RoutesSynced", description: "Routes registered by periodic emissions");
        RoutesRegistered = _meter.CreateCounter<long>("RoutesRegistered", description: "Routes registered because of events and snapshots");
        RoutesUnregistered = _meter.CreateCounter<long>(
            "RoutesUnregistered",
            description: "Routes unregistered because of events and snapshots"
        );
        HttpMessages = _meter.CreateCounter<long>("HTTPRouteNATSMessagesEmitted", description: "Messages sent to HTTP routers");
        InternalMessages = _meter.CreateCounter<long>(
            "InternalRouteNATSMessagesEmitted",
            description: "Messages sent to service discovery"
        );
        Dropped = _meter.CreateCounter<long>(
            "NATSMessagesDropped",
            description: "Messages dropped because NATS was not connected; the next periodic emission repeats registrations"
        );
        UnregistrationsNotRepeated = _meter.CreateCounter<long>(
            "UnregistrationsNotRepeated",
            description: "Unregistrations sent only once because too many were remembered"
        );
        AddressCollisions = _meter.CreateCounter<long>("AddressCollisions", description: "Pairs of instances with the same address");
        SyncDuration = _meter.CreateHistogram<double>(
            "RouteEmitterSyncDuration",
            "s",
            "Time from the request for a snapshot until its changes are published"
        );
        _meter.CreateObservableGauge(
            "RoutesTotal",
            () => Interlocked.Read(ref _routesTotal),
            description: "Pairs of HTTP hostname and endpoint in the routing table"
        );
        _meter.CreateObservableGauge(
            "InternalRoutesTotal",
            () => Interlocked.Read(ref _internalRoutes),
            description: "Pairs of internal hostname and instance in the routing table"
        );
        _meter.CreateObservableGauge(
            "NATSConnected",
            () => Volatile.Read(ref _connected),
            description: "1 if the last message was sent to NATS, 0 if it was not"
        );
    }

    public Counter<long> RoutesSynced { get; }

    public Counter<long> RoutesRegistered { get; }

    public Counter<long> RoutesUnregistered { get; }

    public Counter<long> HttpMessages { get; }

    public Counter<long> InternalMessages { get; }

    public Counter<long> Dropped { get; }

    public Counter<long> UnregistrationsNotRepeated { get; }

    public Counter<long> AddressCollisions { get; }

    public Histogram<double> SyncDuration { get; }

    public void Table(int httpRoutes, int internalRoutes)
    {
        Interlocked.Exchange(ref _routesTotal, httpRoutes);
        Interlocked.Exchange(ref _internalRoutes, internalRoutes);
    }

    public void Connection(bool isConnected) => Volatile.Write(ref _connected, isConnected ? 1 : 0);

    public void Dispose() => _meter.Dispose();
}
