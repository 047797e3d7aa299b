namespace Scheduler.Rep.Runtime;

/// <summary>Connections that a container may open. A container with rules can open no others.</summary>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c>, <c>icmp</c>, <c>icmpv6</c> or <c>all</c>.</param>
/// <param name="Destinations">Addresses, CIDR blocks and ranges <c>FIRST-LAST</c>; one text may contain several, separated by
/// commas.</param>
public sealed record EgressRule(string Protocol, IReadOnlyList<string> Destinations)
{
    /// <summary>Ports for tcp and udp. Empty: those of <see cref="PortRange"/>.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    public PortSpan? PortRange { get; init; }

    /// <summary>−1: any, also for the code. Null for other protocols.</summary>
    public IcmpKind? Icmp { get; init; }

    /// <summary>Log each connection that the rule allows to the kernel log, up to the cell's rate limit.</summary>
    public bool Log { get; init; }
}

/// <param name="First">1 to 65535.</param>
/// <param name="Last">At least <c>First</c>.</param>
public readonly record struct PortSpan(int First, int Last);

public readonly record struct IcmpKind(int Type, int Code);
