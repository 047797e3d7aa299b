using System.Net;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Policy;
using Scheduler.Rep.Runtime.Docker;

namespace Scheduler.Tests.Unit.Rep.Runtime.Docker;

public sealed class EngineRulesTests
{
    private static readonly CellPolicy Cell = CellPolicy.Of("br0", IPNetwork.Parse("10.254.3.0/24"), new NetworkOptions());

    [Fact]
    public void Replaces_the_table_as_a_whole()
    {
        var lines = Lines(EngineRules.All(Cell));
        Assert.Equal(["add table inet br0", "delete table inet br0", "add table inet br0"], lines.Take(3));
        Assert.Equal(["add table inet br0", "delete table inet br0"], Lines(EngineRules.None(Cell)));
    }

    [Fact]
    public void Lets_containers_reach_neither_the_machine_nor_what_is_nobodys()
    {
        var lines = Lines(EngineRules.All(Cell));
        Assert.Contains(
            "169.254.0.0/16",
            Assert.Single(lines, line => line.StartsWith("add set inet br0 closed", StringComparison.Ordinal))
        );
        Assert.Equal("add rule inet br0 input reject with icmpx admin-prohibited", lines.Last(line => line.Contains(" input ")));
        Assert.Equal("add rule inet br0 forward ip daddr @closed reject with icmpx admin-prohibited", lines[^1]);
        Assert.All(["input", "forward"], chain => Assert.Contains($"add rule inet br0 {chain} iifname != \"br0\" accept", lines));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
