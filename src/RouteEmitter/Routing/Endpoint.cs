using System.Globalization;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>Where one instance answers on one of its ports, as the router should dial it.</summary>
internal sealed record Endpoint
{
    public required RouteKind Kind { get; init; }

    public required string InstanceGuid { get; init; }

    public required int Index { get; init; }

    /// <summary>The cell's address, or the container's own when it is reached directly.</summary>
    public required string Host { get; init; }

    public uint ContainerPort { get; init; }

    public uint Port { get; init; }

    /// <summary>0 for none. When there is one, the router uses it instead of <see cref="Port"/>.</summary>
    public uint TlsPort { get; init; }

    /// <summary>Whether <see cref="Host"/> is the container's own address.</summary>
    public bool IsDirect { get; init; }

    public string AvailabilityZone { get; init; } = "";

    /// <summary>When the instance last changed, in Unix nanoseconds.</summary>
    public long Since { get; init; }

    public string IndexText => Index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The port that the router knows this endpoint by.</summary>
    public uint EffectivePort => TlsPort != 0 ? TlsPort : Port;

    /// <summary>Whether the router would see no difference. <see cref="Since"/> is when, not where.</summary>
    public bool IsSameAs(Endpoint other) =>
        ReferenceEquals(this, other)
        || (Kind == other.Kind
            && Index == other.Index
            && ContainerPort == other.ContainerPort
            && Port == other.Port
            && TlsPort == other.TlsPort
            && IsDirect == other.IsDirect
            && InstanceGuid == other.InstanceGuid
            && Host == other.Host
            && AvailabilityZone == other.AvailabilityZone);
}
