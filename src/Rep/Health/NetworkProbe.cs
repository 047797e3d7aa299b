using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Health;

/// <summary>Checks a container straight from the cell, over the cell's container network: nothing has to run inside.</summary>
internal sealed class NetworkProbe : ICheckProbe, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        // Each check is a connection of its own: one that an application closes in between is nobody's failure.
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxAutomaticRedirections = 10,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<string?> TryAsync(IPAddress address, Check check, CancellationToken cancellation)
    {
        var timeout = CheckDefaults.TimeoutOf(check);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return check switch
            {
                { HttpCheck: { } http } => await HttpAsync(address, http, limit.Token),
                { TcpCheck: { } tcp } => await TcpAsync(address, tcp, limit.Token),
                _ => "Check names neither tcp nor http",
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var what = check.HttpCheck is { } http ? $"HTTP request to '{CheckDefaults.PathOf(http)}' on port {http.Port}" : $"TCP connection to port {check.TcpCheck?.Port}";
            return $"Failed to make {what}: timed out after {GoDuration.Format(timeout)}";
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<string?> TcpAsync(IPAddress address, TCPCheck check, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, (int)check.Port, cancellation);
            return null;
        }
        catch (SocketException failure)
        {
            return $"Failed to make TCP connection to port {check.Port}: {Reason(failure)}";
        }
        catch (ArgumentOutOfRangeException)
        {
            return $"Failed to make TCP connection to port {check.Port}: no such port";
        }
    }

    private async Task<string?> HttpAsync(IPAddress address, HTTPCheck check, CancellationToken cancellation)
    {
        var path = CheckDefaults.PathOf(check);
        var what = $"Failed to make HTTP request to '{path}' on port {check.Port}";
        var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        if (!Uri.TryCreate($"http://{host}:{check.Port.ToString(CultureInfo.InvariantCulture)}{path}", UriKind.Absolute, out var url)) return $"{what}: not a path";

        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("User-Agent", "diego-healthcheck");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return response.StatusCode == HttpStatusCode.OK ? null : $"{what}: received status code {(int)response.StatusCode}";
        }
        catch (HttpRequestException failure)
        {
            return $"{what}: {(failure.InnerException is SocketException socket ? Reason(socket) : failure.Message)}";
        }
    }

    private static string Reason(SocketException failure) =>
        failure.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : failure.Message;
}
