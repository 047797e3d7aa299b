using System.Net;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>New versions of an app with a URL, as its visitors see them.</summary>
public sealed class RolloutTests(ITestOutputHelper output)
{
    // Ends at once when asked to.
    private const string Server = "trap 'exit 0' TERM; httpd -p 8080 -h /www; while :; do sleep 0.1 & wait $!; done";

    // Takes a while for each answer, and when it is asked to end, goes on for as long.
    private const string SlowServer = """
        mkdir -p /www/cgi-bin
        printf '#!/bin/sh\nsleep 0.5\nprintf "Content-Type: text/plain\\r\\n\\r\\nok"\n' > /www/cgi-bin/slow
        chmod +x /www/cgi-bin/slow
        trap 'sleep 2; exit 0' TERM
        httpd -p 8080 -h /www
        while :; do sleep 0.1 & wait $!; done
        """;

    [Fact]
    public async Task No_request_fails_through_a_good_version_a_bad_one_and_the_way_back()
    {
        await using var node = await DevNode.StartAsync($"/var/lib/scheduler/e2e-{Guid.NewGuid():N}", "--router", "127.0.0.1:0");
        var url = await node.RouteUrlAsync();
        await OkAsync(
            node,
            "lrp create web --image busybox --instances 2 --port 8080 --route web.localhost --check-http / --wait -- sh -c",
            Server
        );
        await using var visitors = new UrlVisitors(url);
        await visitors.SeesAsync(HttpStatusCode.OK);
        visitors.Answers.Clear();
        await visitors.SeesAsync(HttpStatusCode.OK);

        Assert.Equal("web: version 2 runs\n", (await OkAsync(node, "lrp rollout web --env VERSION=2")).Output);
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"good: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);
        Assert.Contains("VERSION=2\n", (await OkAsync(node, "exec web/1 -- env")).Output);
        Assert.Contains("web-v2/0 [HEALTH] Container became healthy", (await OkAsync(node, "logs web")).Output);

        // It becomes healthy and then ends, which a check alone does not notice in time.
        var bad = await node.RunAsync(["lrp", "rollout", "web", "--", "sh", "-c", "httpd -p 8080 -h /www; sleep 1; exit 3"]);
        Assert.Equal(1, bad.ExitCode);
        Assert.EndsWith("error: web: version 3: instance 0 crashed 3 times: APP: Exited with status 3; version 2 runs again\n", bad.Error);
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"bad: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);

        Assert.Equal("web: version 1 runs\n", (await OkAsync(node, "lrp rollout undo web")).Output);
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"undone: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);
        Assert.DoesNotContain("VERSION=2", (await OkAsync(node, "exec web/1 -- env")).Output);
        Assert.Equal(0, await node.StopAsync());
    }

    // A router may repeat a GET elsewhere, and must not repeat these.
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task An_app_that_ends_gracefully_answers_all_that_it_has_begun()
    {
        await using var node = await DevNode.StartAsync($"/var/lib/scheduler/e2e-{Guid.NewGuid():N}", "--router", "127.0.0.1:0");
        var url = await node.RouteUrlAsync();
        await OkAsync(
            node,
            "lrp create web --image busybox --instances 2 --port 8080 --route web.localhost --check-http / --wait -- sh -c",
            SlowServer
        );
        await using var visitors = new UrlVisitors(url, "/cgi-bin/slow", HttpMethod.Post);
        await visitors.SeesAsync(HttpStatusCode.OK);
        visitors.Answers.Clear();
        await visitors.SeesAsync(HttpStatusCode.OK);

        await OkAsync(node, "lrp rollout web --restart --min-healthy 0");
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"rolled out: {visitors.Summary}");
        await OkAsync(node, "lrp scale web 1 --wait");
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"and scaled: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);
        Assert.Equal(0, await node.StopAsync());
    }

    // Ends at once when asked to, with its requests.
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task A_cell_can_let_an_app_run_on_that_does_not_end_gracefully()
    {
        await using var node = await DevNode.StartAsync(
            $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}",
            "--router",
            "127.0.0.1:0",
            "--stop-delay",
            "3s"
        );
        var url = await node.RouteUrlAsync();
        await OkAsync(
            node,
            "lrp create web --image busybox --instances 2 --port 8080 --route web.localhost --check-http / --wait -- sh -c",
            SlowServer.Replace("sleep 2; exit 0", "exit 0", StringComparison.Ordinal)
        );
        await using var visitors = new UrlVisitors(url, "/cgi-bin/slow", HttpMethod.Post);
        await visitors.SeesAsync(HttpStatusCode.OK);
        visitors.Answers.Clear();
        await visitors.SeesAsync(HttpStatusCode.OK);

        await OkAsync(node, "lrp rollout web --restart --min-healthy 0");
        await OkAsync(node, "lrp scale web 1 --wait");
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"rolled out and scaled: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);
        Assert.Equal(0, await node.StopAsync());
    }

    private static async Task<CommandRun> OkAsync(DevNode node, string words, params string[] more)
    {
        var run = await node.RunAsync([.. words.Split(' '), .. more]);
        Assert.True(run.ExitCode == 0, $"{words} exited with {run.ExitCode}: {run.Output}{run.Error}");
        return run;
    }
}
