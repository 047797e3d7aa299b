using System.Net;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The URL of an app at a <c>scheduler router</c> that learns its routes over NATS, as in production.</summary>
public sealed class RouterDrainTests(ITestOutputHelper output)
{
    // Ends at once when asked to.
    private const string Server = "trap 'exit 0' TERM; httpd -p 8080 -h /www; while :; do sleep 0.1 & wait $!; done";

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task No_request_fails_while_a_cell_is_drained_and_until_the_app_is_deleted()
    {
        var home = Directory.CreateTempSubdirectory("router-").FullName;
        await using var nats = await NatsServer.StartNewAsync();
        await using var node = await DevNode.StartAsync(
            $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}",
            "--router",
            "none",
            "--nats",
            nats.Url.ToString()
        );
        await using var router = SchedulerProcess.Start(
            "router",
            home,
            null,
            [
                "router",
                "--nats",
                nats.Url.ToString(),
                "--listen",
                "127.0.0.1:0",
                "--ops-listen",
                "127.0.0.1:0",
                "--start-delay",
                "0s",
                "--drain-wait",
                "0s",
                "--log-level",
                "information",
            ]
        );
        var url = await UrlAsync(router);
        await OkAsync(
            node,
            "lrp create web --image busybox --instances 2 --port 8080 --route web.localhost --check-http / --wait -- sh -c",
            Server
        );
        await using var visitors = new UrlVisitors(url);
        await visitors.SeesAsync(HttpStatusCode.OK);
        visitors.Answers.Clear();
        await visitors.SeesAsync(HttpStatusCode.OK);
        Assert.Equal(["cell-1", "cell-2"], await CellsAsync(node));

        await OkAsync(node, "cell drain cell-1 --wait");
        await visitors.SeesAsync(HttpStatusCode.OK);
        output.WriteLine($"drained: {visitors.Summary}");
        Assert.Equal([(HttpStatusCode.OK, "")], visitors.Answers.Keys);
        Assert.Equal(["cell-2"], await CellsAsync(node));

        await OkAsync(node, "lrp delete web --wait");
        // The router remembers the route for a while; then it is 404.
        await visitors.SeesAsync(HttpStatusCode.ServiceUnavailable);
        output.WriteLine($"deleted: {visitors.Summary}");
        Assert.Equal(
            [(HttpStatusCode.OK, ""), (HttpStatusCode.ServiceUnavailable, "no_endpoints")],
            visitors.Answers.Keys.Order().Select(answer => (answer.Status, answer.Error))
        );
        Assert.Equal(0, await router.StopAsync());
        Assert.Equal(0, await node.StopAsync());
        Directory.Delete(home, recursive: true);
    }

    /// <summary>The cells that run instances.</summary>
    private static async Task<IEnumerable<string>> CellsAsync(DevNode node) =>
        (await OkAsync(node, "lrp get web"))
            .Split(' ', '\n')
            .Where(word => word.StartsWith("cell-", StringComparison.Ordinal))
            .Distinct()
            .Order();

    private static async Task<Uri> UrlAsync(SchedulerProcess router)
    {
        string[] said = [];
        await Eventually.EqualAsync([true], () => [(said = router.Log.Split("Routing requests at ")).Length > 1 && said[1].Contains('\n')]);
        return new UriBuilder(said[1].Split('\n', ' ', '"')[0]) { Host = "web.localhost" }.Uri;
    }

    private static async Task<string> OkAsync(DevNode node, string words, params string[] more)
    {
        var run = await node.RunAsync([.. words.Split(' '), .. more]);
        Assert.True(run.ExitCode == 0, $"{words} exited with {run.ExitCode}: {run.Output}{run.Error}");
        return run.Output;
    }
}
