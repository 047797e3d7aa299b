using System.Collections.Concurrent;
using System.Net;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Some clients that ask all the time and count the answers.</summary>
internal sealed class UrlVisitors : IAsyncDisposable
{
    private const int Clients = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly Task _asking;

    /// <param name="path">Asked for.</param>
    /// <param name="method">GET, unless something else is asked.</param>
    public UrlVisitors(Uri url, string path = "/", HttpMethod? method = null) =>
        _asking = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => AskAsync(url, path, method ?? HttpMethod.Get)));

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

    private async Task AskAsync(Uri url, string path, HttpMethod method)
    {
        while (true)
        {
            // Of .localhost, not every machine's resolver knows.
            using var request = new HttpRequestMessage(method, new UriBuilder(url) { Host = "127.0.0.1", Path = path }.Uri);
            if (method == HttpMethod.Post)
                request.Content = new StringContent("body");
            request.Headers.Host = url.Authority;
            using var answer = await _http.SendAsync(request, _stop.Token);
            var error = answer.Headers.TryGetValues("X-Cf-RouterError", out var why) ? why.Single() : "";
            Answers.AddOrUpdate((answer.StatusCode, error), 1, (_, count) => count + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, _stop.Token);
        }
    }
}
