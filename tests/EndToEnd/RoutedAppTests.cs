using System.Collections.Concurrent;
using System.Net;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Time;

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
        await using var visitors = new Visitors(url);
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

    /// <summary>Some clients that ask all the time and count the answers.</summary>
    private sealed class Visitors : IAsyncDisposable
    {
        private const int Clients = 4;

        private readonly CancellationTokenSource _stop = new();
        private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
        private readonly Task _asking;

        public Visitors(Uri url) => _asking = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => AskAsync(url)));

        public ConcurrentDictionary<(HttpStatusCode Status, string Error), int> Answers { get; } = new();

        public string Summary => string.Join(", ", Answers.Select(answer => $"{answer.Value} x {answer.Key}"));

        /// <summary>Waits for more such answers than could have been under way.</summary>
        public async Task SeesAsync(HttpStatusCode status)
        {
            var before = Count(status);
            await Wait.UntilAsync(() => _asking.IsFaulted || Count(status) > before + (5 * Clients));
            if (_asking.IsFaulted)
                await _asking;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _http.Dispose();
            _stop.Dispose();
        }

        private int Count(HttpStatusCode status) => Answers.Where(answer => answer.Key.Status == status).Sum(answer => answer.Value);

        private async Task AskAsync(Uri url)
        {
            while (true)
            {
                // Of .localhost, not every machine's resolver knows.
                using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(url) { Host = "127.0.0.1" }.Uri);
                request.Headers.Host = url.Authority;
                using var answer = await _http.SendAsync(request, _stop.Token);
                var error = answer.Headers.TryGetValues("X-Cf-RouterError", out var why) ? why.Single() : "";
                Answers.AddOrUpdate((answer.StatusCode, error), 1, (_, count) => count + 1);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _stop.Token);
            }
        }
    }
}
