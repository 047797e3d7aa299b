using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Health;

/// <summary>
/// Checks a container from inside its network namespace, without running anything in the container. An application's answer, such as
/// a redirect, can therefore only lead where the container itself could connect.
/// </summary>
internal sealed class NetworkProbe : ICheckProbe
{
    /// <summary>Same value as Go's HTTP client, which Diego uses for checks.</summary>
    private const int MostRedirects = 10;

    /// <summary>Only the headers of an answer are read; 16 KiB hold any headers that a browser would accept.</summary>
    private const int MostHeaderKb = 16;

    public async Task<string?> TryAsync(CheckTarget target, Check check, CancellationToken cancellation)
    {
        var timeout = CheckDefaults.TimeoutOf(check);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return check switch
            {
                { HttpCheck: { } http } => await HttpAsync(target, http, limit.Token),
                { TcpCheck: { } tcp } => await TcpAsync(target, tcp, limit.Token),
                _ => "Check names neither tcp nor http",
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var what = check.HttpCheck is { } http
                ? $"HTTP request to '{CheckDefaults.PathOf(http)}' on port {http.Port}"
                : $"TCP connection to port {check.TcpCheck?.Port}";
            return $"Failed to make {what}: timed out after {GoDuration.Format(timeout)}";
        }
    }

    private static async Task<string?> TcpAsync(CheckTarget target, TCPCheck check, CancellationToken cancellation)
    {
        if (check.Port > IPEndPoint.MaxPort)
            return $"Failed to make TCP connection to port {check.Port}: no such port";
        try
        {
            using var socket = await ContainerSocket.ConnectAsync(target.NetworkNamespace, target.Address, (int)check.Port, cancellation);
            return null;
        }
        catch (SocketException failure)
        {
            return $"Failed to make TCP connection to port {check.Port}: {Reason(failure)}";
        }
    }

    private static async Task<string?> HttpAsync(CheckTarget target, HTTPCheck check, CancellationToken cancellation)
    {
        var path = CheckDefaults.PathOf(check);
        var what = $"Failed to make HTTP request to '{path}' on port {check.Port}";
        var host = target.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{target.Address}]" : target.Address.ToString();
        var origin = $"http://{host}:{check.Port.ToString(CultureInfo.InvariantCulture)}";
        if (!Uri.TryCreate(origin + path, UriKind.Absolute, out var url) || !IsAt(url, target, check))
            return $"{what}: not a path";

        // A new connection per check: an application may close an idle one without failing, and no connection is shared between containers.
        using var http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                UseCookies = false,
                UseProxy = false,
                AllowAutoRedirect = false,
                MaxResponseHeadersLength = MostHeaderKb,
                MaxResponseDrainSize = 0,
                // Connects to the container whatever host the request names.
                ConnectCallback = async (_, token) =>
                    new NetworkStream(
                        await ContainerSocket.ConnectAsync(target.NetworkNamespace, target.Address, (int)check.Port, token),
                        ownsSocket: true
                    ),
            }
        );
        try
        {
            for (var redirects = 0; redirects <= MostRedirects; redirects++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, url);
                request.Headers.TryAddWithoutValidation("User-Agent", "diego-healthcheck");
                request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
                using var response = await http.SendAsync(request, cancellation);
                if (response.StatusCode == HttpStatusCode.OK)
                    return null;
                if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
                    return $"{what}: received status code {(int)response.StatusCode}";
                url = location.IsAbsoluteUri ? location : new Uri(url, location);
                if (!IsAt(url, target, check))
                    return $"{what}: redirected to another host or port";
            }

            return $"{what}: redirected more than {MostRedirects} times";
        }
        catch (HttpRequestException failure)
        {
            return $"{what}: {(failure.InnerException is SocketException socket ? Reason(socket) : failure.Message)}";
        }
    }

    private static bool IsAt(Uri url, CheckTarget target, HTTPCheck check) =>
        url.Scheme == Uri.UriSchemeHttp
        && url.Port == check.Port
        && IPAddress.TryParse(url.Host, out var host)
        && host.Equals(target.Address);

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static string Reason(SocketException failure) =>
        failure.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : failure.Message;
}
