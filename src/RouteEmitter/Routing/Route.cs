namespace Scheduler.RouteEmitter.Routing;

/// <summary>Recipient of a route: the HTTP router or the service discovery for internal names.</summary>
internal enum RouteKind
{
    Http,
    Internal,
}

/// <summary>One desired hostname of a process.</summary>
internal sealed record Route
{
    public required RouteKind Kind { get; init; }

    /// <summary>May carry a path, such as <c>example.com/api</c>.</summary>
    public required string Hostname { get; init; }

    /// <summary>The container port that receives the traffic; 0 for internal routes, which are only names.</summary>
    public uint ContainerPort { get; init; }

    public string LogGuid { get; init; } = "";

    public string RouteServiceUrl { get; init; } = "";

    public string IsolationSegment { get; init; } = "";

    public string Protocol { get; init; } = "";

    /// <summary>JSON passed to the router unchanged; null for none.</summary>
    public string? Options { get; init; }

    public IReadOnlyList<MetricTag> MetricTags { get; init; } = [];

    /// <summary>
    /// Whether the router treats both as the same route. Options and tags are ignored: if only they change, the next periodic registration
    /// carries them and nothing is sent at once.
    /// </summary>
    public bool IsSameAs(Route other) =>
        ReferenceEquals(this, other)
        || (
            Kind == other.Kind
            && ContainerPort == other.ContainerPort
            && Hostname == other.Hostname
            && LogGuid == other.LogGuid
            && RouteServiceUrl == other.RouteServiceUrl
            && IsolationSegment == other.IsolationSegment
            && Protocol == other.Protocol
        );
}

/// <summary>Source of a metric tag's value; all but <see cref="Static"/> are known only once there is an instance.</summary>
internal enum MetricTagSource
{
    Static,
    Index,
    InstanceGuid,
}

/// <summary>A tag on the metrics that the router emits for this route.</summary>
internal readonly record struct MetricTag(string Name, MetricTagSource Source, string Value)
{
    public string ValueFor(Endpoint endpoint) =>
        Source switch
        {
            MetricTagSource.Static => Value,
            MetricTagSource.Index => endpoint.IndexText,
            MetricTagSource.InstanceGuid => endpoint.InstanceGuid,
        };
}
