using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// The iptables rules that a cell needs in addition to its own tables: outgoing packets of containers get the host's address, and
/// packets pass the bridge even if the host does not forward by default. Each rule carries the bridge's name.
/// </summary>
internal sealed class PacketFilter(Commands commands, string iptables, string bridge, string subnet)
{
    private const string Wait = "-w";

    /// <summary>Adds the rules that are missing.</summary>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        foreach (var rule in Rules())
        {
            if (await ExistsAsync(rule, cancellation))
                continue;
            await commands.RunCheckedAsync(iptables, [Wait, "-t", rule.Table, "-I", rule.Chain, .. rule.Match], cancellation);
        }
    }

    /// <summary>Removes the cell's rules.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        foreach (var rule in Rules())
        {
            while (await ExistsAsync(rule, cancellation))
                await commands.RunCheckedAsync(iptables, [Wait, "-t", rule.Table, "-D", rule.Chain, .. rule.Match], cancellation);
        }
    }

    private async Task<bool> ExistsAsync(Rule rule, CancellationToken cancellation) =>
        (await commands.RunAsync(iptables, [Wait, "-t", rule.Table, "-C", rule.Chain, .. rule.Match], cancellation)).ExitCode == 0;

    private IEnumerable<Rule> Rules()
    {
        string[] comment = ["-m", "comment", "--comment", $"scheduler {bridge}"];
        yield return new Rule("nat", "POSTROUTING", ["-s", subnet, "!", "-d", subnet, .. comment, "-j", "MASQUERADE"]);
        yield return new Rule("filter", "FORWARD", ["-i", bridge, .. comment, "-j", "ACCEPT"]);
        yield return new Rule("filter", "FORWARD", ["-o", bridge, .. comment, "-j", "ACCEPT"]);
    }

    private sealed record Rule(string Table, string Chain, IReadOnlyList<string> Match);
}
