using System.Globalization;
using System.Text;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>
/// The packet filter's rules as text for nft, which takes a text as a whole or not at all. Two tables have the bridge's name: one of the
/// family bridge, for who may send what as whom, and one of the family inet, for what may go where. Everything in them
/// is made from the policies, so that nothing has to be read back. README.md beside this file has the order of the chains.
/// </summary>
internal sealed class RuleText
{
    /// <summary>Before the bridge's own hooks: what a container may not send is seen by nothing else.</summary>
    private const int BridgePriority = -300;

    /// <summary>Before the rules of others in the same hook; what either refuses is refused.</summary>
    private const int FilterPriority = -5;

    /// <summary>Where address translation usually is. nft has a name for it in one of the two hooks only.</summary>
    private const int TranslationPriority = -100;

    /// <summary>Like a program on the host: by each of its addresses.</summary>
    private const string Publish = "fib daddr type local dnat ip to tcp dport map @published";

    private const string Reject = "reject with icmpx admin-prohibited";

    private readonly CellPolicy _cell;
    private readonly string _bridge;
    private readonly string _inet;
    private readonly StringBuilder _text = new();

    private RuleText(CellPolicy cell) => (_cell, _bridge, _inet) = (cell, $"bridge {cell.Bridge}", $"inet {cell.Bridge}");

    /// <summary>Both tables with all that is in them, in the place of those that are there.</summary>
    public static string All(CellPolicy cell, IEnumerable<ContainerPolicy> containers)
    {
        var text = new RuleText(cell);
        text.Clear();
        text.Tables();
        text.Static();
        foreach (var container in containers) text.Container(container);
        return text._text.ToString();
    }

    /// <summary>One more container, and what holds for all of them once more. Refused when the tables are not there.</summary>
    public static string Add(CellPolicy cell, ContainerPolicy container)
    {
        var text = new RuleText(cell);
        text.Static();
        text.Container(container);
        return text._text.ToString();
    }

    /// <summary>The host's ports of a container lead nowhere any more. Refused when one of them leads nowhere already.</summary>
    public static string Unpublish(CellPolicy cell, ContainerPolicy container)
    {
        var text = new RuleText(cell);
        if (container.Ports.Count > 0) text.Line($"delete element {text.Published(container)}");
        return text._text.ToString();
    }

    /// <summary>One container less, its ports being gone already. Refused when it is not there as it was added.</summary>
    public static string Remove(CellPolicy cell, ContainerPolicy container)
    {
        var text = new RuleText(cell);
        foreach (var (set, element) in text.Memberships(container, leaves: true)) text.Line($"delete element {set} {{ {element} }}");
        text.Line($"delete element {text._inet} containers {{ {container.Address} }}");
        text.Line($"flush chain {text._inet} {ChainOf(container)}");
        text.Line($"delete chain {text._inet} {ChainOf(container)}");
        if (Logs(container)) text.Line($"delete limit {text._inet} {LimitOf(container)}");
        return text._text.ToString();
    }

    /// <summary>No tables, whether there were any or not.</summary>
    public static string None(CellPolicy cell)
    {
        var text = new RuleText(cell);
        text.Clear();
        return text._text.ToString();
    }

    private void Clear()
    {
        foreach (var table in (string[])[_bridge, _inet])
        {
            Line($"add table {table}"); // or there would be nothing to delete, and that is an error
            Line($"delete table {table}");
        }
    }

    private void Tables()
    {
        Line($"add table {_bridge}");
        Line($"add set {_bridge} ports {{ type ifname; }}");
        Line($"add set {_bridge} bound {{ type ifname . ether_addr . ipv4_addr; }}");
        Line($"add set {_bridge} hosts {{ type ether_addr; }}");
        Line($"add chain {_bridge} prerouting {{ type filter hook prerouting priority {BridgePriority}; policy accept; }}");
        Line($"add chain {_bridge} forward {{ type filter hook forward priority {BridgePriority}; policy accept; }}");

        Line($"add table {_inet}");
        Line($"add map {_inet} containers {{ type ipv4_addr : verdict; }}");
        Line($"add set {_inet} resolvers {{ type ipv4_addr . ipv4_addr; }}");
        Line($"add set {_inet} closed {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {string.Join(", ", _cell.Closed)} }}; }}");
        Line($"add map {_inet} published {{ type inet_service : ipv4_addr . inet_service; }}");
        Line($"add chain {_inet} from-outside {{ type nat hook prerouting priority {TranslationPriority}; policy accept; }}");
        Line($"add chain {_inet} from-host {{ type nat hook output priority {TranslationPriority}; policy accept; }}");
        Line($"add chain {_inet} by-host {{ type nat hook postrouting priority srcnat; policy accept; }}");
        Line($"add chain {_inet} prerouting {{ type filter hook prerouting priority raw; policy accept; }}");
        Line($"add chain {_inet} input {{ type filter hook input priority {FilterPriority}; policy accept; }}");
        Line($"add chain {_inet} forward {{ type filter hook forward priority {FilterPriority}; policy accept; }}");
        foreach (var chain in (string[])["host", "from", "to", "refuse"]) Line($"add chain {_inet} {chain}");
    }

    /// <summary>What does not depend on the containers. Written anew with each container, for the case that somebody has flushed it.</summary>
    private void Static()
    {
        Rules(_bridge, "prerouting",
            "iifname != @ports accept",
            "ether type ip ether daddr @hosts iifname . ether saddr . ip saddr @bound accept",
            "ether type arp iifname . ether saddr . arp saddr ip @bound iifname . arp saddr ether . arp saddr ip @bound accept",
            "drop"); // IPv6 too: containers have none, and so neither its neighbour discovery nor its router advertisements
        // Of ARP, what looks for an address other than the host's. IP comes here only when its mapped port led the kernel to another port of the
        // bridge at once (bridge-nf-call-iptables); the chain forward of the other table sees it afterwards.
        Rules(_bridge, "forward",
            "iifname @ports ether type != ip drop",
            "oifname @ports ether type != ip drop",
            "oifname @ports iifname != @ports drop");

        // Here the destination is still the one that the container wrote.
        Rules(_inet, "prerouting",
            $"iifname \"{_cell.Bridge}\" meta nfproto ipv6 drop",
            $"iifname \"{_cell.Bridge}\" ip daddr 127.0.0.0/8 drop");
        Rules(_inet, "input", $"iifname \"{_cell.Bridge}\" goto host");
        Rules(_inet, "host",
            "ct state established ct direction reply accept",
            "ct state related meta l4proto icmp accept",
            "ip saddr . ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept",
            "goto refuse");
        Rules(_inet, "forward", $"iifname \"{_cell.Bridge}\" goto from", $"oifname \"{_cell.Bridge}\" goto to");
        // Related is only what reports an error: connection helpers take a container's word for what else belongs to a connection.
        Rules(_inet, "from",
            "ct state established accept",
            "ct state related meta l4proto icmp accept",
            "ct state != new drop",
            $"ct status dnat {(_cell.PublishedPorts ? "accept" : "goto refuse")}",
            "ip saddr . ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept",
            "ip saddr vmap @containers",
            "drop");
        Rules(_inet, "to",
            "ct state established accept",
            "ct state related meta l4proto icmp accept",
            "ct state new ct status dnat accept",
            "drop");
        // Who calls from loopback, or from the container's own network, would not get an answer that comes from elsewhere than the host.
        Rules(_inet, "from-outside", Publish);
        Rules(_inet, "from-host", Publish);
        Rules(_inet, "by-host", $"oifname \"{_cell.Bridge}\" ct status dnat ip saddr {{ 127.0.0.0/8, {_cell.Subnet} }} masquerade");
        Rules(_inet, "refuse", "meta pkttype != host drop", Reject);
    }

    private void Container(ContainerPolicy container)
    {
        var chain = ChainOf(container);
        if (container.Group is { } group) Line($"add set {_inet} {SetOf(group)} {{ type ipv4_addr; }}");
        if (Logs(container)) Line($"add limit {_inet} {LimitOf(container)} {{ rate {Number(_cell.LogsPerSecond)}/second; }}");
        Line($"add chain {_inet} {chain}");
        Rules(_inet, chain, [.. ContainerRules(container)]);
        foreach (var (set, element) in Memberships(container)) Line($"add element {set} {{ {element} }}");
        Line($"add element {_inet} containers {{ {container.Address} : goto {chain} }}");
        if (container.Ports.Count > 0) Line($"add element {Published(container)}");
    }

    private IEnumerable<string> ContainerRules(ContainerPolicy container)
    {
        if (container.Group is { } group) yield return $"ip daddr @{SetOf(group)} accept";
        yield return "ip daddr @closed goto refuse";
        foreach (var rule in container.Egress)
        {
            if (EgressText.Match(rule) is not { } match) continue;
            if (rule.Log) yield return $"{match} limit name \"{LimitOf(container)}\" log prefix \"{EgressText.LogPrefix(container.Handle)}\"".TrimStart();
            yield return $"{match} accept".TrimStart();
        }

        yield return container.Egress.Count == 0 && _cell.DefaultAllows ? "accept" : "goto refuse";
    }

    /// <param name="leaves">The host stays.</param>
    private IEnumerable<(string Set, string Element)> Memberships(ContainerPolicy container, bool leaves = false)
    {
        if (container is { HostInterface: { } port, Mac: { } mac, BridgeMac: { } host })
        {
            if (!leaves) yield return ($"{_bridge} hosts", host);
            yield return ($"{_bridge} ports", $"\"{port}\"");
            yield return ($"{_bridge} bound", $"\"{port}\" . {mac} . {container.Address}");
        }

        foreach (var resolver in container.Resolvers) yield return ($"{_inet} resolvers", $"{container.Address} . {resolver}");
        if (container.Group is { } group) yield return ($"{_inet} {SetOf(group)}", container.Address.ToString());
    }

    private string Published(ContainerPolicy container) =>
        $"{_inet} published {{ {string.Join(", ", container.Ports.Select(port => $"{Number(port.HostPort)} : {container.Address} . {Number(port.ContainerPort)}"))} }}";

    private void Rules(string table, string chain, params ReadOnlySpan<string> rules)
    {
        Line($"flush chain {table} {chain}");
        foreach (var rule in rules) Line($"add rule {table} {chain} {rule}");
    }

    private void Line(string line) => _text.Append(line).Append('\n');

    private static bool Logs(ContainerPolicy container) => container.Egress.Any(rule => rule.Log);

    private static string ChainOf(ContainerPolicy container) => $"c-{container.Address}";

    private static string LimitOf(ContainerPolicy container) => $"l-{container.Address}";

    private static string SetOf(string group) => $"g-{group}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
