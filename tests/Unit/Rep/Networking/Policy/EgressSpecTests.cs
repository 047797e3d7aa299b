using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Networking.Policy;

/// <summary>Egress rules that a cell refuses even from a BBS, because they become text for the packet filter.</summary>
public sealed class EgressSpecTests
{
    public static TheoryData<string, EgressRule> Broken =>
        new()
        {
            { "egress_rules[0].protocol", new("sctp", ["192.0.2.1"]) },
            { "egress_rules[0].destinations", new("all", ["192.0.2.1 accept; flush ruleset"]) },
            {
                "egress_rules[0].ports",
                new("tcp", ["192.0.2.1"]) { Ports = [70_000] }
            },
            {
                "egress_rules[0].port_range",
                new("tcp", ["192.0.2.1"]) { PortRange = new PortSpan(9, 1) }
            },
            {
                "egress_rules[0].icmp_info",
                new("icmp", ["192.0.2.1"]) { Icmp = new IcmpKind(256, 0) }
            },
            { "egress_rules", new("all", [string.Join(',', Enumerable.Repeat("192.0.2.1", 4097))]) },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Refuses_what_is_no_egress_rule(string field, EgressRule rule)
    {
        var refused = Assert.Throws<DomainException>(() => ContainerSpecRules.Check(Spec(rule)));
        Assert.Equal(field, Assert.Single(refused.Error.Violations).Field);
    }

    [Fact]
    public void Takes_egress_rules() =>
        ContainerSpecRules.Check(
            Spec(new("udp", ["192.0.2.1, 10.0.0.0/8", "2001:db8::/32"]) { PortRange = new PortSpan(1, 65_535), Log = true })
        );

    private static ContainerSpec Spec(EgressRule rule) =>
        new()
        {
            Handle = "c1",
            RootFs = "preloaded:busybox",
            Egress = [rule],
        };
}
