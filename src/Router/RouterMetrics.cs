using System.Diagnostics.Metrics;
using Scheduler.Router.Table;

namespace Scheduler.Router;

/// <summary>The router's metrics. Those that gorouter has keep their names.</summary>
internal sealed class RouterMetrics : IDisposable
{
    public const string MeterName = "Scheduler.Router";

    private readonly Meter _meter;
    private readonly Counter<long> _responses;
    private readonly KeyValuePair<string, object?>[] _classes =
    [
        .. Enumerable.Range(0, 6).Select(hundreds => KeyValuePair.Create("class", (object?)(hundreds == 0 ? "none" : $"{hundreds}xx"))),
    ];

    /// <param name="requests">Requests under way.</param>
    public RouterMetrics(IMeterFactory meters, RoutingTable table, Func<int> requests, Func<bool> isConnected)
    {
        _meter = meters.Create(MeterName);
        Requests = _meter.CreateCounter<long>("total_requests", description: "Requests received");
        _responses = _meter.CreateCounter<long>(
            "responses",
            description: "Answers, by class of their status; none if the client went away"
        );
        Rejected = _meter.CreateCounter<long>("rejected_requests", description: "Requests for a route that does not exist");
        BadGateways = _meter.CreateCounter<long>("bad_gateways", description: "Requests that no instance answered");
        Exhausted = _meter.CreateCounter<long>(
            "backend_exhausted_conns",
            description: "Requests refused because every instance of their route has as many as allowed"
        );
        Overloads = _meter.CreateCounter<long>("RequestsRefused", description: "Requests refused because too many were under way");
        Retries = _meter.CreateCounter<long>("RequestsRetried", description: "Attempts at a further instance");
        Upgrades = _meter.CreateCounter<long>("websocket_upgrades", description: "Connections that became WebSockets");
        Messages = _meter.CreateCounter<long>("registry_message", description: "Messages of emitters, by action");
        MessagesRefused = _meter.CreateCounter<long>("RegistryMessagesRefused", description: "Messages of emitters that cannot be used");
        RoutesRefused = _meter.CreateCounter<long>("RoutesRefused", description: "Registrations refused because the table is full");
        Pruned = _meter.CreateCounter<long>("routes_pruned", description: "Endpoints dropped because they were not registered again");
        AccessLinesLost = _meter.CreateCounter<long>(
            "AccessLinesLost",
            description: "Lines of the access log lost because its file is slow"
        );
        Latency = _meter.CreateHistogram<double>("latency", "s", "Time from a request to the end of its answer, without WebSockets");
        _meter.CreateObservableGauge("total_routes", () => table.Routes, description: "Routes in the table");
        _meter.CreateObservableGauge("RouteEndpoints", () => table.Backends, description: "Pairs of route and endpoint in the table");
        _meter.CreateObservableGauge("RequestsUnderWay", requests, description: "Requests under way, with WebSockets");
        _meter.CreateObservableGauge(
            "BusConnected",
            () => isConnected() ? 1 : 0,
            description: "1 if messages of emitters can arrive; while it is 0, nothing is pruned"
        );
    }

    public Counter<long> Requests { get; }

    public Counter<long> Rejected { get; }

    public Counter<long> BadGateways { get; }

    public Counter<long> Exhausted { get; }

    public Counter<long> Overloads { get; }

    public Counter<long> Retries { get; }

    public Counter<long> Upgrades { get; }

    public Counter<long> Messages { get; }

    public Counter<long> MessagesRefused { get; }

    public Counter<long> RoutesRefused { get; }

    public Counter<long> Pruned { get; }

    public Counter<long> AccessLinesLost { get; }

    public Histogram<double> Latency { get; }

    /// <param name="status">0 if there was no answer.</param>
    public void Answered(int status) => _responses.Add(1, _classes[status is >= 100 and < 600 ? status / 100 : 0]);

    public void Dispose() => _meter.Dispose();
}
