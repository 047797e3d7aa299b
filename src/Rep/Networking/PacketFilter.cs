using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// The few packet filter rules that a cell needs beside the portmap plugin's: its containers may reach the world under the host's
/// address, and packets may pass the bridge even where the host forwards nothing by default. Each carries the bridge's name.
/// </summary>
internal sealed class PacketFilter(Commands commands, string iptables, string iptablesRestore, string bridge, string subnet)
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

    /// <summary>Takes the cell's rules away, and the portmap plugin's common chains when no container of any cell is left in them.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        foreach (var rule in Rules())
        {
            while (await ExistsAsync(rule, cancellation)) await commands.RunCheckedAsync(iptables, [Wait, "-t", rule.Table, "-D", rule.Chain, .. rule.Match], cancellation);
        }

        await RemovePortMapChainsAsync(cancellation);
    }

    private async Task RemovePortMapChainsAsync(CancellationToken cancellation)
    {
        const string dnat = "CNI-HOSTPORT-DNAT", setMark = "CNI-HOSTPORT-SETMARK", masquerade = "CNI-HOSTPORT-MASQ";
        var rules = (await commands.RunCheckedAsync(iptables, [Wait, "-t", "nat", "-S"], cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (!rules.Contains($"-N {dnat}") || rules.Any(rule => rule.StartsWith($"-A {dnat} ", StringComparison.Ordinal))) return;

        string[] chains = [.. ((string[])[dnat, setMark, masquerade]).Where(chain => rules.Contains($"-N {chain}"))];
        var script = new List<string> { "*nat" };
        script.AddRange(rules.Where(rule => rule.StartsWith("-A ", StringComparison.Ordinal) && chains.Any(chain => rule.EndsWith($"-j {chain}", StringComparison.Ordinal) || rule.StartsWith($"-A {chain} ", StringComparison.Ordinal)))
            .Select(rule => "-D" + rule[2..]));
        script.AddRange(chains.Select(chain => $"-X {chain}"));
        script.Add("COMMIT");

        // All of it or nothing: when another cell's container has arrived meanwhile, the chain cannot go and everything stays as it is.
        await commands.RunAsync(iptablesRestore, [Wait, "--noflush"], cancellation, string.Join('\n', script) + "\n");
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
