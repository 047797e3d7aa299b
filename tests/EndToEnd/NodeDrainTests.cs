using Scheduler.Tests.EndToEnd.Cluster;

namespace Scheduler.Tests.EndToEnd;

/// <summary>One cell of a development node is drained.</summary>
public sealed class NodeDrainTests
{
    [Fact]
    public async Task The_node_goes_on_with_its_other_cells()
    {
        await using var node = await DevNode.StartAsync(Directory.CreateTempSubdirectory("e2e-").FullName, "--simulated", "--cells", "2");
        Assert.Equal(0, (await node.RunAsync("cell", "drain", "cell-1", "--wait")).ExitCode);
        await Eventually.TrueAsync(
            async () => !(await node.RunAsync("cell", "list")).Output.Contains("cell-1", StringComparison.Ordinal),
            "the drained cell is gone"
        );

        var created = await node.RunAsync("lrp", "create", "web", "--image", "busybox", "--wait", "--", "sleep", "1000");
        Assert.True(created.ExitCode == 0, created.Error);
        Assert.DoesNotContain("stopping", node.Log, StringComparison.Ordinal);
    }
}
