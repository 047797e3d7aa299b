using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The first steps in the README, with real containers and the node's own mutual TLS.</summary>
public sealed class FirstLookTests
{
    [Fact]
    public async Task A_first_session_shows_what_the_README_says()
    {
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        await using (var node = await DevNode.StartAsync(home))
        {
            await SaysAsync(
                node,
                "2/2 running",
                "lrp",
                "create",
                "web",
                "--image",
                "busybox",
                "--instances",
                "2",
                "--port",
                "8080",
                "--route",
                "web.localhost",
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
            await SaysAsync(node, "2/2", "lrp", "list");
            await SaysAsync(node, "preloaded:busybox", "cells");
            var get = await SaysAsync(node, "RUNNING", "lrp", "get", "web");
            await SaysAsync(node, "RUNNING on cell-", "events");
            await SaysAsync(node, "Container became healthy", "logs", "web/0");
            var port = get.Output.Split("127.0.0.1:")[1].Split("->")[0];
            using var http = new HttpClient();
            Assert.Equal("hello from the scheduler\n", await http.GetStringAsync($"http://127.0.0.1:{port}/"));
            Assert.Equal("hello from the scheduler\n", await HelloFromRouteAsync(node, http));

            await SaysAsync(node, "3/3 running", "lrp", "scale", "web", "3", "--wait");
            await SaysAsync(
                node,
                "42",
                "task",
                "create",
                "sum",
                "--image",
                "busybox",
                "--result-file",
                "/tmp/result",
                "--wait",
                "--",
                "sh",
                "-c",
                "echo $((6 * 7)) > /tmp/result"
            );
            await SaysAsync(node, "web: gone", "lrp", "delete", "web", "--wait");
            Assert.Equal(0, await node.StopAsync());
            Assert.DoesNotContain(home, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
        }
    }

    /// <summary>The event that tells the router travels beside the one that ends <c>--wait</c>.</summary>
    private static async Task<string> HelloFromRouteAsync(DevNode node, HttpClient http)
    {
        var hello = "";
        var url = await node.RouteUrlAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                // Of .localhost, not every machine's resolver knows.
                using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(url) { Host = "127.0.0.1" }.Uri);
                request.Headers.Host = url.Authority;
                using var answer = await http.SendAsync(request);
                hello = await answer.Content.ReadAsStringAsync();
                return answer.IsSuccessStatusCode;
            },
            $"{url} answers"
        );
        return hello;
    }

    private static async Task<CommandRun> SaysAsync(DevNode node, string expected, params string[] args)
    {
        var run = await node.RunAsync(args);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', args)} exited with {run.ExitCode}: {run.Error}");
        Assert.Contains(expected, run.Output + run.Error, StringComparison.Ordinal);
        return run;
    }
}
