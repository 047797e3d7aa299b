using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;

namespace Scheduler.Bbs.Outbound;

/// <summary>Callbacks over HTTP, with Diego's rules for which failures are retried.</summary>
internal sealed class HttpTaskCallbackClient : ITaskCallbackClient, IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpClient _http;

    /// <param name="tls">Certificate and certificate authority of this BBS; null for the system's.</param>
    public HttpTaskCallbackClient(OutboundOptions options, SslClientAuthenticationOptions? tls)
    {
        // A callback is exactly one request: a redirect counts as an answer, as in Diego.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (tls is not null)
            handler.SslOptions = tls;
        _http = new HttpClient(handler) { Timeout = options.CallTimeout };
    }

    public async Task<CallbackOutcome> PostAsync(string url, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new ReadOnlyMemoryContent(json);
            content.Headers.ContentType = Json;
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                ? CallbackOutcome.TryAgain
                : CallbackOutcome.Delivered;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CallbackOutcome.TryAgain;
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or InvalidOperationException or NotSupportedException)
        {
            // The receiver cannot be reached, or the URL is invalid.
            return CallbackOutcome.Failed;
        }
    }

    public void Dispose() => _http.Dispose();
}
