using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Scheduler.Rep.Networking;

namespace Scheduler.Rep.Transfers.Web;

/// <summary>
/// Requests to file servers, from the cell's own network. Clients choose the URLs, so every connection, also one that a redirect leads to,
/// is checked against the denied networks after its name is resolved. No proxy: it would connect in the cell's place, unchecked.
/// </summary>
internal sealed class FileServers : IDisposable
{
    private const int LargestHeadersKb = 64;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ConnectionIdle = TimeSpan.FromSeconds(30);

    private readonly int _mostRedirects;
    private readonly HttpClient _http;

    /// <exception cref="Models.DomainException">A certificate file is missing or invalid.</exception>
    public FileServers(TransferOptions options)
    {
        IReadOnlyList<IPNetwork> denied = [.. options.DeniedNetworks.Select(IPNetwork.Parse)];
        _mostRedirects = options.MaxRedirects;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectTimeout = ConnectTimeout,
                ConnectCallback = (context, cancellation) => OutboundConnection.OpenAsync(context.DnsEndPoint, denied, cancellation),
                PooledConnectionLifetime = ConnectionLifetime,
                PooledConnectionIdleTimeout = ConnectionIdle,
                MaxResponseHeadersLength = LargestHeadersKb,
                SslOptions = TransferTls.Options(options),
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan, // the caller's token has the limit
        };
    }

    /// <summary>The URL of a transfer.</summary>
    /// <exception cref="TransferException">It is no http or https URL.</exception>
    public static Uri Parse(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && IsWeb(parsed) && parsed.Host.Length > 0
            ? parsed
            : throw TransferException.Permanent("its address is no http or https URL");

    /// <summary>Sends a GET and follows redirects. The answer's content is not read yet.</summary>
    /// <param name="prepare">Adds headers to each request.</param>
    public async Task<HttpResponseMessage> GetAsync(Uri url, Action<HttpRequestHeaders> prepare, CancellationToken cancellation)
    {
        var target = url;
        for (var redirects = 0; ; redirects++)
        {
            using var request = Request(HttpMethod.Get, target);
            prepare(request.Headers);
            var response = await SendAsync(request, cancellation);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                return response;
            using (response)
            {
                if (redirects == _mostRedirects)
                    throw TransferException.Permanent($"the server redirects more than {_mostRedirects} times");
                target = Next(target, response.Headers.Location);
            }
        }
    }

    /// <summary>Sends a POST. A redirect is an answer like any other.</summary>
    public async Task<HttpResponseMessage> PostAsync(Uri url, HttpContent content, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Post, url);
        request.Content = content;
        return await SendAsync(request, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(HttpMethod method, Uri target)
    {
        var request = new HttpRequestMessage(method, target);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("scheduler", "1"));
        if (target.UserInfo.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(target.UserInfo)))
            );
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException failure)
        {
            throw InWords(failure);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw TransferException.Passing("the server cannot be reached: it does not answer", failure);
        }
    }

    private static Uri Next(Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out var next) || !IsWeb(next))
            throw TransferException.Permanent("the server redirects to what is no http or https URL");
        if (from.Scheme == Uri.UriSchemeHttps && next.Scheme == Uri.UriSchemeHttp)
            throw TransferException.Permanent("the server redirects from https to http");
        return next;
    }

    private static bool IsWeb(Uri url) => url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps;

    /// <summary>The failure without the host and port that .NET's own messages contain.</summary>
    public static TransferException InWords(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is TransferException own)
                return own;
            if (inner is DeniedAddressException)
                return TransferException.Permanent(
                    "the cell does not support transfers with the server's network (--transfer-deny of the cell)"
                );
            if (inner is AuthenticationException tls)
                return TransferException.Passing($"the TLS handshake with the server failed: {tls.Message}", failure);
            if (inner is SocketException socket)
                return TransferException.Passing(InWords(socket.SocketErrorCode), failure);
        }

        return TransferException.Passing(
            failure is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
                ? "the server closed the connection"
                : "the server's answer is not valid HTTP, or was cut off",
            failure
        );
    }

    private static string InWords(SocketError error) =>
        error switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the server's name cannot be resolved",
            SocketError.ConnectionRefused => "the server cannot be reached: connection refused",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "the server cannot be reached: no route to it",
            SocketError.TimedOut => "the server cannot be reached: it does not answer",
            SocketError.ConnectionReset => "the server reset the connection",
            _ => "the server cannot be reached",
        };
}
