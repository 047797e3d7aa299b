using System.Globalization;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>Address of one port of an instance, as the router must dial it.</summary>
internal sealed record Endpoint
{
    public required RouteKind Kind { get; init; }

    public required string InstanceGuid { get; init; }

    public required int Index { get; init; }

    /// <summary>The cell's address, or the container's own if it is reached directly.</summary>
    public required string Host { get; init; }

    public uint ContainerPort { get; init; }

    public uint Port { get; init; }

    /// <summary>0 for none. If set, the router uses it instead of <see cref="Port"/>.</summary>
    public uint TlsPort { get; init; }

    /// <summary>Whether <see cref="Host"/> is the container's own address.</summary>
    public bool IsDirect { get; init; }

    public string AvailabilityZone { get; init; } = "";

    /// <summary>When the instance last changed, in Unix nanoseconds.</summary>
    public long Since { get; init; }

    public string IndexText => Index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The port under which the router knows this endpoint.</summary>
    public uint EffectivePort => TlsPort != 0 ? TlsPort : Port;

    /// <summary>Whether the router would see no difference. <see cref="Since"/> is ignored, because it is no part of the address.</summary>
    public bool IsSameAs(Endpoint other) =>
        ReferenceEquals(this, other)
        || (
            Kind == other.Kind
            && Index == other.Index
            && ContainerPort == other.ContainerPort
            && Port == other.Port
            && TlsPort == other.TlsPort
            && IsDirect == other.IsDirect
            && InstanceGuid == other.InstanceGuid
            && Host == other.Host
            && AvailabilityZone == other.AvailabilityZone
        );
}
