namespace Scheduler.Rep.Runtime;

/// <summary>Connections that a container may begin. A container with rules begins no others.</summary>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c>, <c>icmp</c>, <c>icmpv6</c> or <c>all</c>.</param>
/// <param name="Destinations">Addresses, CIDR blocks and ranges <c>FIRST-LAST</c>, also several in one text with commas between.</param>
public sealed record EgressRule(string Protocol, IReadOnlyList<string> Destinations)
{
    /// <summary>Of tcp and udp. Empty: those of <see cref="PortRange"/>.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    public PortSpan? PortRange { get; init; }

    /// <summary>−1 is any, also of the code. Null for other protocols.</summary>
    public IcmpKind? Icmp { get; init; }

    /// <summary>Each connection that the rule lets through goes to the kernel's log, so far as the cell's bound on that allows.</summary>
    public bool Log { get; init; }
}

/// <param name="First">1 to 65535.</param>
/// <param name="Last">Not below the first.</param>
public readonly record struct PortSpan(int First, int Last);

public readonly record struct IcmpKind(int Type, int Code);
