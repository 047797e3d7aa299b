using Scheduler.Rep.Networking.Links;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>A node that died finds what it left behind when it restarts.</summary>
public sealed class RestartedNodeTests
{
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task A_node_killed_and_started_again_serves_the_containers_that_ran_on()
    {
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        var killed = await DevNode.StartAsync(home, "--cells", "1");
        var created = await killed.RunAsync(
            "lrp",
            "create",
            "web",
            "--image",
            "busybox",
            "--port",
            "8080",
            "--check-http",
            "/",
            "--wait",
            "--",
            "httpd",
            "-f",
            "-p",
            "8080",
            "-h",
            "/www"
        );
        await killed.KillAsync();
        // Check the rules continuously, so that a check is in progress when the node removes them.
        await using var node = await DevNode.StartAsync(home, "--cells", "1", "--rules-check-interval", "1ms");
        Assert.True(created.ExitCode == 0, created.Error);
        var containers = Directory.GetDirectories(Path.Combine(node.Cells, "cell-1", "containers"));

        var get = await node.RunAsync("lrp", "get", "web");

        Assert.Contains("RUNNING", get.Output, StringComparison.Ordinal);
        using var http = new HttpClient();
        Assert.Equal(
            "hello from the scheduler\n",
            await http.GetStringAsync($"http://127.0.0.1:{get.Output.Split("127.0.0.1:")[1].Split("->")[0]}/")
        );
        Assert.Equal(Directory.GetDirectories(Path.Combine(node.Cells, "cell-1", "containers")), containers);
        Assert.Single(containers);

        var bridge = ContainerNetwork.BridgeOf(Path.Combine(node.Cells, "cell-1", "network"));
        Assert.Contains(bridge, await RulesAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await node.StopAsync());
        Assert.DoesNotContain(home, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.DoesNotContain(bridge, await RulesAsync(), StringComparison.Ordinal);
    }

    private static Task<string> RulesAsync() => Shell.RunAsync("sh", "-c", "iptables-save; nft list tables");
}
