using System.Net;
using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace Scheduler.Router.Proxy;

/// <summary>The connections to all instances, and how requests are sent on them.</summary>
internal sealed class InstanceConnections : IDisposable
{
    // Of an answer, in kilobytes.
    private const int MaxHeaderKilobytes = 64;

    private readonly SocketsHttpHandler _handler;
    private readonly ForwarderRequestConfig _http1;
    private readonly ForwarderRequestConfig _http2;

    public InstanceConnections(RouterOptions options, TimeProvider time)
    {
        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = true,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            PooledConnectionIdleTimeout = options.InstanceIdleTimeout,
            // Traces pass through unchanged.
            ActivityHeadersPropagator = null,
            // The callback has its own limit, whose failure can be told from that of a request.
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = (context, cancellation) =>
                ConnectAsync(context.DnsEndPoint, options.InstanceConnectTimeout, time, cancellation),
        };
        Invoker = new HttpMessageInvoker(_handler);
        _http1 = Config(HttpVersion.Version11, options.RequestTimeout);
        _http2 = Config(HttpVersion.Version20, options.RequestTimeout);
    }

    public HttpMessageInvoker Invoker { get; }

    public ForwarderRequestConfig Config(bool isHttp2) => isHttp2 ? _http2 : _http1;

    public void Dispose() => Invoker.Dispose();

    private static ForwarderRequestConfig Config(Version version, TimeSpan timeout) =>
        new()
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = timeout,
        };

    private static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint address,
        TimeSpan limit,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(address, either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
