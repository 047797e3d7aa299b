using System.Net;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Policy;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Networking.Policy;

public sealed class RuleTextTests
{
    private static readonly ContainerPolicy Plain = new(
        "c1",
        IPAddress.Parse("10.254.3.5"),
        "veth1",
        "02:00:00:00:00:05",
        "02:00:00:00:00:01",
        [],
        [],
        null,
        []
    );

    [Fact]
    public void Lets_a_container_reach_the_world_and_nothing_near()
    {
        Assert.Equal(["ip daddr @closed goto refuse", "accept"], ChainOf(Plain));
        Assert.Contains(
            "add set inet sch0 closed { type ipv4_addr; flags interval; auto-merge; elements = { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3, 10.254.0.0/16, 10.9.0.0/24 }; }",
            Lines(RuleText.All(Cell(), []))
        );
    }

    [Fact]
    public void Lets_nothing_out_where_the_cell_denies_by_default() =>
        Assert.Equal(
            ["ip daddr @closed goto refuse", "goto refuse"],
            ChainOf(Plain, Cell(options => options.DefaultEgress = EgressDefault.Deny))
        );

    [Theory]
    [MemberData(nameof(Egress))]
    public void Writes_egress_rules(EgressRule rule, string[] expected) =>
        Assert.Equal(["ip daddr @closed goto refuse", .. expected, "goto refuse"], ChainOf(Plain with { Egress = [rule] }));

    public static TheoryData<EgressRule, string[]> Egress =>
        new()
        {
            {
                new("tcp", ["192.0.2.1"]) { Ports = [443, 80, 443] },
                ["ip daddr { 192.0.2.1 } tcp dport { 80, 443 } accept"]
            },
            {
                new("udp", ["192.0.2.0/24", "198.51.100.1-198.51.100.9"]) { PortRange = new PortSpan(1, 1024) },
                ["ip daddr { 192.0.2.0-192.0.2.255, 198.51.100.1-198.51.100.9 } udp dport 1-1024 accept"]
            },
            { new("all", ["0.0.0.0/0"]), ["accept"] },
            { new("all", ["192.0.2.1"]), ["ip daddr { 192.0.2.1 } accept"] },
            {
                new("icmp", ["0.0.0.0/0"]) { Icmp = new IcmpKind(-1, -1) },
                ["meta l4proto icmp accept"]
            },
            {
                new("icmp", ["0.0.0.0/0"]) { Icmp = new IcmpKind(8, -1) },
                ["icmp type 8 accept"]
            },
            {
                new("icmp", ["192.0.2.1"]) { Icmp = new IcmpKind(8, 0) },
                ["ip daddr { 192.0.2.1 } icmp type 8 icmp code 0 accept"]
            },
            {
                new("tcp", ["0.0.0.0/0"]) { Ports = [25], Log = true },
                ["tcp dport { 25 } limit name \"l-10.254.3.5\" log prefix \"scheduler egress c1: \"", "tcp dport { 25 } accept"]
            },
            // Containers have no IPv6.
            {
                new("tcp", ["2001:db8::/32"]) { Ports = [80] },
                []
            },
            {
                new("icmpv6", ["0.0.0.0/0"]) { Icmp = new IcmpKind(-1, -1) },
                []
            },
            // Invalid, and normally refused earlier: a rule without a port opens none.
            { new("tcp", ["0.0.0.0/0"]), [] },
        };

    [Fact]
    public void Keeps_the_order_of_egress_rules() =>
        Assert.Equal(
            ["ip daddr @closed goto refuse", "tcp dport { 2 } accept", "tcp dport { 1 } accept", "goto refuse"],
            ChainOf(Plain with { Egress = [new("tcp", ["0.0.0.0/0"]) { Ports = [2] }, new("tcp", ["0.0.0.0/0"]) { Ports = [1] }] })
        );

    [Fact]
    public void Opens_peers_before_it_closes_their_network()
    {
        var peer = Plain with { Group = "ab" };
        Assert.Equal(["ip daddr @g-ab accept", "ip daddr @closed goto refuse", "accept"], ChainOf(peer));
        Assert.Contains("add element inet sch0 g-ab { 10.254.3.5 }", Lines(RuleText.Add(Cell(), peer)));
    }

    [Fact]
    public void Binds_a_port_of_the_bridge_to_one_hardware_and_one_ip_address()
    {
        var lines = Lines(RuleText.Add(Cell(), Plain));
        Assert.Contains("add element bridge sch0 bound { \"veth1\" . 02:00:00:00:00:05 . 10.254.3.5 }", lines);
        Assert.Contains("add element bridge sch0 hosts { 02:00:00:00:00:01 }", lines);
        Assert.Contains("add element bridge sch0 ports { \"veth1\" }", lines);
    }

    [Fact]
    public void Opens_port_53_of_name_servers_only_to_the_containers_that_have_them()
    {
        var lines = Lines(RuleText.Add(Cell(), Plain with { Resolvers = [IPAddress.Parse("192.0.2.53")] }));
        Assert.Contains("add element inet sch0 resolvers { 10.254.3.5 . 192.0.2.53 }", lines);
        Assert.Contains("add rule inet sch0 host ip saddr . ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept", lines);
    }

    [Theory]
    [InlineData(false, "goto refuse")]
    [InlineData(true, "accept")]
    public void Opens_published_ports_to_containers_only_when_asked(bool open, string verdict) =>
        Assert.Contains(
            $"add rule inet sch0 from ct status dnat {verdict}",
            Lines(RuleText.All(Cell(options => options.PublishedPortsFromContainers = open), []))
        );

    [Fact]
    public void Removes_all_that_it_adds()
    {
        var container = Plain with
        {
            Group = "ab",
            Resolvers = [IPAddress.Parse("192.0.2.53")],
            Ports = [new(8080, 61_001), new(80, 61_002)],
            Egress = [new("all", ["0.0.0.0/0"]) { Log = true }],
        };
        var added = Lines(RuleText.Add(Cell(), container))
            .Where(line => line.StartsWith("add element", StringComparison.Ordinal) && !line.Contains(" hosts ", StringComparison.Ordinal))
            .Select(Key)
            .Order();
        var removed = Lines(RuleText.Unpublish(Cell(), container) + RuleText.Remove(Cell(), container))
            .Where(line => line.StartsWith("delete element", StringComparison.Ordinal))
            .Select(Key)
            .Order();
        Assert.Equal(added, removed);
        Assert.Contains("delete limit inet sch0 l-10.254.3.5", Lines(RuleText.Remove(Cell(), container)));

        static string Key(string line) =>
            line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Replace(" : goto c-10.254.3.5", "", StringComparison.Ordinal);
    }

    [Fact]
    public void Leads_ports_of_the_host_to_those_of_the_container() =>
        Assert.Contains(
            "add element inet sch0 published { 61001 : 10.254.3.5 . 8080, 61002 : 10.254.3.5 . 80 }",
            Lines(RuleText.Add(Cell(), Plain with { Ports = [new(8080, 61_001), new(80, 61_002)] }))
        );

    [Fact]
    public void Replaces_the_tables_in_one_text()
    {
        var lines = Lines(RuleText.All(Cell(), [Plain]));
        Assert.Equal(["add table bridge sch0", "delete table bridge sch0", "add table inet sch0", "delete table inet sch0"], lines[..4]);
        Assert.Contains("add element inet sch0 containers { 10.254.3.5 : goto c-10.254.3.5 }", lines);
    }

    [Theory]
    [InlineData(null, ContainerToContainer.Deny, false)]
    [InlineData(null, ContainerToContainer.Lrp, true)]
    [InlineData("deny", ContainerToContainer.Domain, false)]
    [InlineData("lrp", ContainerToContainer.Deny, true)]
    [InlineData("domain", ContainerToContainer.Deny, true)]
    [InlineData("everybody", ContainerToContainer.Domain, false)]
    public void Groups_containers_as_their_work_wants_or_else_the_cell(string? wish, ContainerToContainer byDefault, bool grouped)
    {
        var properties = new Dictionary<string, string> { [WorkProperties.Domain] = "apps", [WorkProperties.ProcessGuid] = "web" };
        if (wish is not null)
            properties["network.container_to_container"] = wish;
        Assert.Equal(grouped, PeerGroups.Of(properties, byDefault) is not null);
    }

    [Fact]
    public void Never_groups_an_lrp_with_a_domain_of_the_same_name()
    {
        var properties = new Dictionary<string, string> { [WorkProperties.Domain] = "web", [WorkProperties.ProcessGuid] = "web" };
        Assert.NotEqual(PeerGroups.Of(properties, ContainerToContainer.Lrp), PeerGroups.Of(properties, ContainerToContainer.Domain));
        // A task has no LRP.
        Assert.Null(PeerGroups.Of(new Dictionary<string, string> { [WorkProperties.Domain] = "web" }, ContainerToContainer.Lrp));
    }

    private static CellPolicy Cell(Action<NetworkOptions>? change = null)
    {
        var options = new NetworkOptions();
        change?.Invoke(options);
        return CellPolicy.Of("sch0", IPNetwork.Parse("10.9.0.0/24"), options);
    }

    private static IEnumerable<string> ChainOf(ContainerPolicy container, CellPolicy? cell = null)
    {
        var prefix = $"add rule inet sch0 c-{container.Address} ";
        return Lines(RuleText.Add(cell ?? Cell(), container))
            .Where(line => line.StartsWith(prefix, StringComparison.Ordinal))
            .Select(line => line[prefix.Length..]);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
