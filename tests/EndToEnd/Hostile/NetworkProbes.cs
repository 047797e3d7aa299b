using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// Escapes through the network: to the host, to other containers, to metadata, with forged addresses, past egress rules. The probes run
/// with all capabilities, including raw sockets: the packet filter must suffice alone.
/// </summary>
internal static class NetworkProbes
{
    public const string Egress = "egress-";

    /// <summary>Ports of the test's servers.</summary>
    public const int HostPort = 9000,
        EchoPort = 9001,
        OtherPort = 8080,
        AllowedPort = 80,
        DeniedPort = 81,
        ClosedPort = 82;

    /// <summary>Rules as a hostile tenant would write them: one for the world, and everything that no rule may open.</summary>
    public static IReadOnlyList<EgressRule> EgressRules { get; } =
    [
        new("tcp", ["198.51.100.0/24"]) { Ports = [AllowedPort] },
        new("all", ["169.254.0.0/16", "127.0.0.0/8", "10.0.0.0/8", "192.0.2.0/24"]),
    ];

    private const string Connect = "nc -w 2",
        Done = "-e /bin/true";

    public static IReadOnlyList<Probe> All { get; } =
    [
        // The host.
        Of("host-address", "reaches a port of the host", $"{Connect} $HOST {HostPort} {Done}"),
        Of("host-other-address", "reaches a port of the host by another of its addresses", $"{Connect} $HOST2 {HostPort} {Done}"),
        Of("host-gateway", "reaches a port of the host by the bridge's address", $"{Connect} $GW {HostPort} {Done}"),
        Of("host-udp", "reaches a datagram port of the host", $"$N udp $GW {EchoPort}"),
        Of("host-ping", "has the host answer", "ping -c 1 -W 2 $GW"),
        Of("host-broadcast", "reaches the host's datagram ports by the network's broadcast address", $"$N udp $BROADCAST {EchoPort}"),
        Of(
            "host-loopback",
            "reaches what listens on the host's loopback, as mapped ports have it route such packets",
            $"$N tcp 127.0.0.1 {HostPort} $GWMAC 2 plain"
        ),
        Of("host-loopback-resolver", "reaches the stub resolver's address on the host", $"$N tcp 127.0.0.53 {HostPort} $GWMAC 2 plain"),
        Of(
            "host-vlan-tag",
            "reaches the host by a frame with a tag, which rules for IP might not look into",
            $"$N tcp $HOST {HostPort} $GWMAC 2 vlan"
        ),
        Of(
            "host-fragments",
            "reaches the host by a segment in pieces, the first without its flags (RFC 1858)",
            $"$N tcp $HOST {HostPort} $GWMAC 2 fragments"
        ),
        Of("host-ipv6", "reaches the host by its link-local address", $"$N tcp6 $GW6 {HostPort}"),
        Of("host-ipv6-ping", "has the host answer over IPv6", "ping -6 -c 1 -W 2 $GW6%eth0"),
        // Other containers.
        Of("other-address", "reaches another container", $"{Connect} $OTHER {OtherPort} {Done}"),
        Of("other-ping", "has another container answer", "ping -c 1 -W 2 $OTHER"),
        Of("other-udp", "reaches a datagram port of another container", $"$N udp $OTHER {EchoPort}"),
        Of("other-frame", "reaches another container by a frame to its hardware address", $"$N tcp $OTHER {OtherPort} $OTHERMAC 2 plain"),
        Of("other-by-host", "reaches another container by a frame to the host", $"$N tcp $OTHER {OtherPort} $GWMAC 2 plain"),
        Of("other-arp", "learns another container's hardware address", "$N arp self $OTHER"),
        Of("other-ipv6", "reaches another container by its link-local address", $"$N tcp6 $OTHER6 {OtherPort}"),
        Of("other-mapped-port", "reaches another container by its port of the host", $"{Connect} $HOST $PORT {Done}"),
        Of("other-mapped-port-gateway", "reaches another container by its port of the bridge", $"{Connect} $GW $PORT {Done}"),
        // Metadata.
        Of("metadata", "reads the cloud's keys of the machine", $"{Connect} 169.254.169.254 80 {Done}"),
        Of("metadata-frame", "reads the cloud's keys by a frame", "$N tcp 169.254.169.254 80 $GWMAC 2 plain"),
        // With forged addresses.
        Alone("arp-as-other", "makes the host take it for another container", "$N arp $OTHER $GW"),
        Alone("arp-as-host", "makes another container take it for the host", "$N arp $GW $OTHER"),
        Alone(
            "ip-of-nobody",
            "has an address that nobody gave it",
            "ip addr add $NOBODY/24 dev eth0; ping -c 3 -W 2 -I $NOBODY $WORLD; c=$?; ip addr del $NOBODY/24 dev eth0; exit $c"
        ),
        Alone(
            "mac-of-nobody",
            "has a hardware address that nobody gave it",
            $"m=$(cat /sys/class/net/eth0/address); ip link set eth0 address 02:00:00:aa:bb:cc; {Connect} $WORLD {AllowedPort} {Done}; c=$?; ip link set eth0 address $m; exit $c"
        ),
        // Past egress rules.
        Of(Egress + "port", "reaches a port that no rule names", $"{Connect} $WORLD {DeniedPort} {Done}"),
        Of(Egress + "source-port", "reaches it from the port that a rule names", $"{Connect} -p {AllowedPort} $WORLD {DeniedPort} {Done}"),
        Of(Egress + "udp", "reaches it over another protocol", $"$N udp $WORLD {EchoPort}"),
        Of(Egress + "ping", "carries data by ping", "ping -c 1 -W 2 $WORLD"),
        Of(Egress + "tunnel-ip", "carries packets in packets", "$N protocol $WORLD $GWMAC 4"),
        Of(Egress + "tunnel-gre", "carries packets in GRE", "$N protocol $WORLD $GWMAC 47"),
        Of(Egress + "unknown-protocol", "speaks a protocol without ports", "$N protocol $WORLD $GWMAC 253"),
        Of(Egress + "fragments", "reaches it by a segment in pieces", $"$N tcp $WORLD {DeniedPort} $GWMAC 2 fragments"),
        Of(Egress + "ack", "reaches it by a segment in the middle of no connection", $"$N tcp $WORLD {DeniedPort} $GWMAC 10 plain"),
        Of(Egress + "syn-ack", "reaches it by an answer to nobody", $"$N tcp $WORLD {DeniedPort} $GWMAC 12 plain"),
        Of(Egress + "fin", "finds closed ports by an end without a beginning", $"$N tcp $WORLD {ClosedPort} $GWMAC 1 plain"),
        Of(Egress + "null", "finds closed ports by a segment without flags", $"$N tcp $WORLD {ClosedPort} $GWMAC 0 plain"),
    ];

    private static Probe Of(string name, string hit, string script) => Alone(name, hit, script) with { Together = true };

    /// <summary>A probe that changes addresses, its own or those known to others.</summary>
    private static Probe Alone(string name, string hit, string script) => new(name, hit, Defences.None, script);
}
