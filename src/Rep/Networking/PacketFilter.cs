using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// The few rules of iptables that a cell needs beside its own tables: its containers may reach the world under the host's
/// address, and packets may pass the bridge even where the host forwards nothing by default. Each carries the bridge's name.
/// </summary>
internal sealed class PacketFilter(Commands commands, string iptables, string bridge, string subnet)
{
    private const string Wait = "-w";

    /// <summary>Sets the rules that are not there yet.</summary>
    public async Task EnsureAsync(CancellationToken cancellation)
    {
        foreach (var rule in Rules())
        {
            if (await ExistsAsync(rule, cancellation)) continue;
            await commands.RunCheckedAsync(iptables, [Wait, "-t", rule.Table, "-I", rule.Chain, .. rule.Match], cancellation);
        }
    }

    /// <summary>Takes the cell's rules away.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        foreach (var rule in Rules())
        {
            while (await ExistsAsync(rule, cancellation)) await commands.RunCheckedAsync(iptables, [Wait, "-t", rule.Table, "-D", rule.Chain, .. rule.Match], cancellation);
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
