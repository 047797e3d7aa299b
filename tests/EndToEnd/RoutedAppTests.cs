using System.Net;
using Scheduler.Tests.EndToEnd.Cluster;

namespace Scheduler.Tests.EndToEnd;

/// <summary>An app at its URL, through <c>dev</c>'s router, while it changes.</summary>
public sealed class RoutedAppTests(ITestOutputHelper output)
{
    // Ends at once when asked to, and with an error when the file appears.
    private const string Server =
        "trap 'exit 0' TERM; httpd -p 8080 -h /www; while [ ! -e /tmp/die ]; do sleep 0.1 & wait $!; done; exit 1";

    [Fact]
    public async Task No_request_fails_while_an_app_is_scaled_and_crashes()
    {
        await using var node = await DevNode.StartAsync($"/var/lib/scheduler/e2e-{Guid.NewGuid():N}", "--router", "127.0.0.1:0");
        var url = await node.RouteUrlAsync();
        await RunAsync(
            node,
            "lrp create web --image busybox --instances 2 --port 8080 --route web.localhost --check-http / --wait --",
            "sh",
            "-c",
            Server
        );
        // The event that tells the emitter travels beside the one that ended the wait above.
        await using var visitors = new UrlVisitors(url);
        await visitors.SeesAsync(HttpStatusCode.OK);
        visitors.Answers.Clear();
        await visitors.SeesAsync(HttpStatusCode.OK);

        await RunAsync(node, "lrp scale web 4 --wait");
        await visitors.SeesAsync(HttpStatusCode.OK);
        await RunAsync(node, "lrp scale web 2 --wait");
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"scaled: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);
        await RunAsync(node, "exec web/1 --", "touch", "/tmp/die");
        await Eventually.TrueAsync(
            async () => (await node.RunAsync("lrp", "get", "web", "--json")).Output.Contains("\"crash_count\":1", StringComparison.Ordinal),
            "the crash was noticed"
        );
        await RunAsync(node, "lrp scale web 2 --wait");
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"scaled and crashed: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);

        await RunAsync(node, "lrp delete web --wait");
        await visitors.SeesAsync(HttpStatusCode.ServiceUnavailable);
        output.WriteLine($"deleted: {visitors.Summary}");
        // Nobody is sent to an instance that is gone.
        Assert.Equal(
            [(HttpStatusCode.OK, ""), (HttpStatusCode.ServiceUnavailable, "no_endpoints")],
            visitors.Answers.Keys.Order().Select(answer => (answer.Status, answer.Error))
        );
        Assert.Equal(0, await node.StopAsync());
    }

    private static async Task RunAsync(DevNode node, string words, params string[] more)
    {
        var run = await node.RunAsync([.. words.Split(' '), .. more]);
        Assert.True(run.ExitCode == 0, $"{words} exited with {run.ExitCode}: {run.Output}{run.Error}");
    }
}
