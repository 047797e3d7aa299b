using System.Globalization;
using System.Text;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>
/// Packet filter rules as text for nft, which applies a text as a whole or not at all. Two tables have the bridge's name: one of
/// family bridge, which verifies the sender of each frame, and one of family inet, which decides on destinations. Both are built only
/// from the policies, so nothing has to be read back. README.md in this directory shows the order of the chains.
/// </summary>
internal sealed class RuleText
{
    /// <summary>Before the bridge's own hooks, so that nothing else sees a frame that a container may not send.</summary>
    private const int BridgePriority = -300;

    /// <summary>Before the rules of other programs in the same hook; a packet must pass both.</summary>
    private const int FilterPriority = -5;

    /// <summary>The usual priority of address translation. nft has a name for it in only one of the two hooks.</summary>
    private const int TranslationPriority = -100;

    /// <summary>Reachable at every address of the host, like a program that runs on it.</summary>
    private const string Publish = "fib daddr type local dnat ip to tcp dport map @published";

    private const string Reject = "reject with icmpx admin-prohibited";

    private readonly CellPolicy _cell;
    private readonly string _bridge;
    private readonly string _inet;
    private readonly StringBuilder _text = new();

    private RuleText(CellPolicy cell) => (_cell, _bridge, _inet) = (cell, $"bridge {cell.Bridge}", $"inet {cell.Bridge}");

    /// <summary>Replaces both tables, with all their contents.</summary>
    public static string All(CellPolicy cell, IEnumerable<ContainerPolicy> containers)
    {
        var text = new RuleText(cell);
        text.Clear();
        text.Tables();
        text.Static();
        foreach (var container in containers)
            text.Container(container);
        return text._text.ToString();
    }

    /// <summary>Adds a container and sets the common rules again. Fails if the tables do not exist.</summary>
    public static string Add(CellPolicy cell, ContainerPolicy container)
    {
        var text = new RuleText(cell);
        text.Static();
        text.Container(container);
        return text._text.ToString();
    }

    /// <summary>Removes a container's host port mappings. Fails if one of them is already gone.</summary>
    public static string Unpublish(CellPolicy cell, ContainerPolicy container)
    {
        var text = new RuleText(cell);
        if (container.Ports.Count > 0)
            text.Line($"delete element {text.Published(container)}");
        return text._text.ToString();
    }

    /// <summary>Removes a container whose ports are already unpublished. Fails if its rules are not as they were added.</summary>
    public static string Remove(CellPolicy cell, ContainerPolicy container)
    {
        var text = new RuleText(cell);
        foreach (var (set, element) in text.Memberships(container, leaves: true))
            text.Line($"delete element {set} {{ {element} }}");
        text.Line($"delete element {text._inet} containers {{ {container.Address} }}");
        text.Line($"flush chain {text._inet} {ChainOf(container)}");
        text.Line($"delete chain {text._inet} {ChainOf(container)}");
        if (Logs(container))
            text.Line($"delete limit {text._inet} {LimitOf(container)}");
        return text._text.ToString();
    }

    /// <summary>Removes the tables, whether they exist or not.</summary>
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
            Line($"add table {table}"); // deleting a table that does not exist is an error
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
        Line(
            $"add set {_inet} closed {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {string.Join(", ", _cell.Closed)} }}; }}"
        );
        Line($"add map {_inet} published {{ type inet_service : ipv4_addr . inet_service; }}");
        Line($"add chain {_inet} from-outside {{ type nat hook prerouting priority {TranslationPriority}; policy accept; }}");
        Line($"add chain {_inet} from-host {{ type nat hook output priority {TranslationPriority}; policy accept; }}");
        Line($"add chain {_inet} by-host {{ type nat hook postrouting priority srcnat; policy accept; }}");
        Line($"add chain {_inet} prerouting {{ type filter hook prerouting priority raw; policy accept; }}");
        Line($"add chain {_inet} input {{ type filter hook input priority {FilterPriority}; policy accept; }}");
        Line($"add chain {_inet} forward {{ type filter hook forward priority {FilterPriority}; policy accept; }}");
        foreach (var chain in (string[])["host", "from", "to", "refuse"])
            Line($"add chain {_inet} {chain}");
    }

    /// <summary>
    /// The rules that do not depend on the containers. Set again with each container, in case another program flushed them.
    /// </summary>
    private void Static()
    {
        Rules(
            _bridge,
            "prerouting",
            "iifname != @ports accept",
            "ether type ip ether daddr @hosts iifname . ether saddr . ip saddr @bound accept",
            "ether type arp iifname . ether saddr . arp saddr ip @bound iifname . arp saddr ether . arp saddr ip @bound accept",
            "drop"
        ); // IPv6 too: containers have none, so they need neither neighbour discovery nor router advertisements
        // Drops ARP requests for addresses other than the host's. IP gets here only if a mapped port made the kernel redirect it
        // straight to another port of the bridge (bridge-nf-call-iptables); the forward chain of the other table sees it afterwards.
        Rules(
            _bridge,
            "forward",
            "iifname @ports ether type != ip drop",
            "oifname @ports ether type != ip drop",
            "oifname @ports iifname != @ports drop"
        );

        // Before address translation: the destination is still the one that the container used.
        Rules(
            _inet,
            "prerouting",
            $"iifname \"{_cell.Bridge}\" meta nfproto ipv6 drop",
            $"iifname \"{_cell.Bridge}\" ip daddr 127.0.0.0/8 drop"
        );
        Rules(_inet, "input", $"iifname \"{_cell.Bridge}\" goto host");
        Rules(
            _inet,
            "host",
            "ct state established ct direction reply accept",
            "ct state related meta l4proto icmp accept",
            "ip saddr . ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept",
            "goto refuse"
        );
        Rules(_inet, "forward", $"iifname \"{_cell.Bridge}\" goto from", $"oifname \"{_cell.Bridge}\" goto to");
        // Accept related packets only if they report errors: connection helpers would trust a container to name related connections.
        Rules(
            _inet,
            "from",
            "ct state established accept",
            "ct state related meta l4proto icmp accept",
            "ct state != new drop",
            $"ct status dnat {(_cell.PublishedPorts ? "accept" : "goto refuse")}",
            "ip saddr . ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept",
            "ip saddr vmap @containers",
            "drop"
        );
        Rules(
            _inet,
            "to",
            "ct state established accept",
            "ct state related meta l4proto icmp accept",
            "ct state new ct status dnat accept",
            "drop"
        );
        // A caller from loopback or from the container's own network would not receive replies that do not come from the host.
        Rules(_inet, "from-outside", Publish);
        Rules(_inet, "from-host", Publish);
        Rules(_inet, "by-host", $"oifname \"{_cell.Bridge}\" ct status dnat ip saddr {{ 127.0.0.0/8, {_cell.Subnet} }} masquerade");
        Rules(_inet, "refuse", "meta pkttype != host drop", Reject);
    }

    private void Container(ContainerPolicy container)
    {
        var chain = ChainOf(container);
        if (container.Group is { } group)
            Line($"add set {_inet} {SetOf(group)} {{ type ipv4_addr; }}");
        if (Logs(container))
            Line($"add limit {_inet} {LimitOf(container)} {{ rate {Number(_cell.LogsPerSecond)}/second; }}");
        Line($"add chain {_inet} {chain}");
        Rules(_inet, chain, [.. ContainerRules(container)]);
        foreach (var (set, element) in Memberships(container))
            Line($"add element {set} {{ {element} }}");
        Line($"add element {_inet} containers {{ {container.Address} : goto {chain} }}");
        if (container.Ports.Count > 0)
            Line($"add element {Published(container)}");
    }

    private IEnumerable<string> ContainerRules(ContainerPolicy container)
    {
        if (container.Group is { } group)
            yield return $"ip daddr @{SetOf(group)} accept";
        yield return "ip daddr @closed goto refuse";
        foreach (var rule in container.Egress)
        {
            if (EgressText.Match(rule) is not { } match)
                continue;
            if (rule.Log)
                yield return $"{match} limit name \"{LimitOf(container)}\" log prefix \"{EgressText.LogPrefix(container.Handle)}\"".TrimStart();
            yield return $"{match} accept".TrimStart();
        }

        yield return container.Egress.Count == 0 && _cell.DefaultAllows ? "accept" : "goto refuse";
    }

    /// <param name="leaves">The container is being removed; the host's address stays.</param>
    private IEnumerable<(string Set, string Element)> Memberships(ContainerPolicy container, bool leaves = false)
    {
        if (container is { HostInterface: { } port, Mac: { } mac, BridgeMac: { } host })
        {
            if (!leaves)
                yield return ($"{_bridge} hosts", host);
            yield return ($"{_bridge} ports", $"\"{port}\"");
            yield return ($"{_bridge} bound", $"\"{port}\" . {mac} . {container.Address}");
        }

        foreach (var resolver in container.Resolvers)
            yield return ($"{_inet} resolvers", $"{container.Address} . {resolver}");
        if (container.Group is { } group)
            yield return ($"{_inet} {SetOf(group)}", container.Address.ToString());
    }

    private string Published(ContainerPolicy container) =>
        $"{_inet} published {{ {string.Join(", ", container.Ports.Select(port => $"{Number(port.HostPort)} : {container.Address} . {Number(port.ContainerPort)}"))} }}";

    private void Rules(string table, string chain, params ReadOnlySpan<string> rules)
    {
        Line($"flush chain {table} {chain}");
        foreach (var rule in rules)
            Line($"add rule {table} {chain} {rule}");
    }

    private void Line(string line) => _text.Append(line).Append('\n');

    private static bool Logs(ContainerPolicy container) => container.Egress.Any(rule => rule.Log);

    private static string ChainOf(ContainerPolicy container) => $"c-{container.Address}";

    private static string LimitOf(ContainerPolicy container) => $"l-{container.Address}";

    private static string SetOf(string group) => $"g-{group}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
