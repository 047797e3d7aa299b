using Scheduler.Rep.Networking.Policy;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>
/// Packet filter rules for the containers of a cell on a Docker engine, as text for nft, which applies it as a whole or not at all. The
/// engine's own rules keep containers from each other; these keep them from the machine, and from what no container may reach. No I/O.
/// </summary>
internal static class EngineRules
{
    /// <summary>Before the rules of the engine in the same hook; a packet must pass both.</summary>
    private const int FilterPriority = -5;

    private const string Reject = "reject with icmpx admin-prohibited";

    /// <summary>Name servers may be anywhere, on this machine too, and work may name its own.</summary>
    private const string NameServers = "meta l4proto { tcp, udp } th dport 53 accept";

    private const string Replies = "ct state established,related accept";

    /// <summary>Replaces the cell's table, which has the name of its bridge.</summary>
    public static string All(CellPolicy cell)
    {
        var table = $"inet {cell.Bridge}";
        var others = $"iifname != \"{cell.Bridge}\" accept";
        return None(cell)
            + $$"""
                add table {{table}}
                add set {{table}} closed { type ipv4_addr; flags interval; auto-merge; elements = { {{string.Join(", ", cell.Closed)}} }; }
                add chain {{table}} prerouting { type filter hook prerouting priority raw; policy accept; }
                add chain {{table}} input { type filter hook input priority {{FilterPriority}}; policy accept; }
                add chain {{table}} forward { type filter hook forward priority {{FilterPriority}}; policy accept; }
                add rule {{table}} prerouting iifname "{{cell.Bridge}}" ip daddr 127.0.0.0/8 drop
                add rule {{table}} input {{others}}
                add rule {{table}} input {{Replies}}
                add rule {{table}} input {{NameServers}}
                add rule {{table}} input {{Reject}}
                add rule {{table}} forward {{others}}
                add rule {{table}} forward {{Replies}}
                add rule {{table}} forward {{NameServers}}
                add rule {{table}} forward ip daddr @closed {{Reject}}

                """;
    }

    /// <summary>Removes the table, whether it exists or not.</summary>
    public static string None(CellPolicy cell) =>
        $"""
            add table inet {cell.Bridge}
            delete table inet {cell.Bridge}

            """;
}
