using System.Diagnostics.Metrics;

namespace Scheduler.RouteEmitter;

/// <summary>What operators of Diego's emitter know, under the same names.</summary>
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
        RoutesSynced = _meter.CreateCounter<long>("RoutesSynced", description: "Registrations of periodic emissions.");
        RoutesRegistered = _meter.CreateCounter<long>("RoutesRegistered", description: "Registrations because of events and snapshots.");
        RoutesUnregistered = _meter.CreateCounter<long>("RoutesUnregistered", description: "Unregistrations because of events and snapshots.");
        HttpMessages = _meter.CreateCounter<long>("HTTPRouteNATSMessagesEmitted", description: "Messages to HTTP routers.");
        InternalMessages = _meter.CreateCounter<long>("InternalRouteNATSMessagesEmitted", description: "Messages to the service discovery.");
        Dropped = _meter.CreateCounter<long>("NATSMessagesDropped", description: "Messages that found no connection; the next periodic emission repairs it.");
        UnregistrationsNotRepeated = _meter.CreateCounter<long>("UnregistrationsNotRepeated", description: "Unregistrations sent once only because too many were remembered.");
        AddressCollisions = _meter.CreateCounter<long>("AddressCollisions", description: "Pairs of instances that claimed one address.");
        SyncDuration = _meter.CreateHistogram<double>("RouteEmitterSyncDuration", "s", "From asking for a snapshot to having told the routers the difference.");
        _meter.CreateObservableGauge("RoutesTotal", () => Interlocked.Read(ref _routesTotal), description: "HTTP hostname and endpoint pairs in the table.");
        _meter.CreateObservableGauge("InternalRoutesTotal", () => Interlocked.Read(ref _internalRoutes), description: "Internal hostname and instance pairs in the table.");
        _meter.CreateObservableGauge("NATSConnected", () => Volatile.Read(ref _connected), description: "1 after the last message found a connection, else 0.");
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
