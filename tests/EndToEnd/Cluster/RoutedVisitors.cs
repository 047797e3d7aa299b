using System.Collections.Concurrent;
using System.Net.Sockets;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// Clients of hostnames, as served by a router that has only its table: a request goes to one of the hostname's endpoints. If that one
/// refuses the connection, the router tries another one, as long as there is one; everything else is a failed request.
/// </summary>
internal sealed class RoutedVisitors : IAsyncDisposable
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        Timeout = Wait.Patience,
    };

    private readonly RouterTable _router;
    private readonly TimeSpan _interval;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task _visiting;
    private int _requests;
    private int _retries;

    /// <param name="interval">Pause of one client between an answer and its next request.</param>
    public RoutedVisitors(RouterTable router, IReadOnlyList<string> hostnames, TimeSpan interval)
    {
        (_router, _interval) = (router, interval);
        _visiting = Task.WhenAll([.. hostnames.Select(VisitAsync)]);
    }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Connections that were refused and made to another endpoint.</summary>
    public int Retries => Volatile.Read(ref _retries);

    public IReadOnlyCollection<string> Failures => _failures;

    public string Summary => $"{Requests} requests, {Failures.Count} failed, {Retries} endpoints refused";

    /// <summary>Stops; requests in progress are finished first.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _visiting;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task VisitAsync(string hostname)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (await AskAsync(hostname) is { } wrong)
                _failures.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {hostname}: {wrong}");
            Interlocked.Increment(ref _requests);
            await Task.Delay(_interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> AskAsync(string hostname)
    {
        var refused = new HashSet<RoutedEndpoint>();
        while (true)
        {
            List<RoutedEndpoint> left =
            [
                .. _router.Endpoints.Where(endpoint => endpoint.Hostname == hostname && !refused.Contains(endpoint)),
            ];
            if (left.Count == 0)
                return refused.Count == 0 ? "no endpoint" : $"refused by {string.Join(", ", refused)}";
            var endpoint = left[Random.Shared.Next(left.Count)];
            try
            {
                var answer = (await Client.GetStringAsync($"http://{endpoint.Address}/instance")).Trim();
                return answer == endpoint.InstanceGuid ? null : $"{endpoint} is {answer}";
            }
            catch (HttpRequestException failure)
                when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                refused.Add(endpoint);
                Interlocked.Increment(ref _retries);
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
            {
                return $"{endpoint}: {failure.Message}";
            }
        }
    }
}
