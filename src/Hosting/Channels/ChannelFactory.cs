using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Scheduler.Contracts.Errors;
using Scheduler.Hosting.Tls;
using Scheduler.Models;

namespace Scheduler.Hosting.Channels;

/// <summary>
/// The process's outgoing connections, one HTTP/2 channel per peer URL (<c>http://host:port</c>, <c>https://host:port</c> or
/// <c>unix:///path</c>), shared by all its callers.
/// </summary>
public sealed class ChannelFactory(TlsIdentity? identity, ChannelOptions options) : IChannels, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<GrpcChannel>> _channels = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <exception cref="DomainException">The URL has another scheme, or it is https and no identity is configured.</exception>
    public CallInvoker Invoker(string url) => Raw(url).Intercept(new DomainErrorClientInterceptor());

    public void Release(string url)
    {
        if (_channels.TryRemove(url, out var channel) && channel.IsValueCreated)
            channel.Value.Dispose();
    }

    public void Dispose()
    {
        foreach (var url in _channels.Keys)
            Release(url);
    }

    public CallInvoker Raw(string url) => _channels.GetOrAdd(url, key => new Lazy<GrpcChannel>(() => Open(key))).Value.CreateCallInvoker();

    private GrpcChannel Open(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "unix"))
            throw DomainError.Invalid("url", $"must be http://host:port, https://host:port or unix:///path, not \"{url}\"").ToException();
        if (uri.Scheme == "https" && identity is null)
            throw DomainError
                .Invalid("url", $"\"{url}\" requires TLS, but no certificate, key and authority are configured (--cert, --key, --ca)")
                .ToException();

        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.KeepAlive,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            // With a callback the channel leaves connecting to this handler, and each call without a connection tries to make one.
            // Otherwise the channel would keep a timer for each peer, and fail calls without trying for as long as its back-off lasts.
            ConnectCallback =
                uri.Scheme == "unix"
                    ? (_, cancellationToken) => ConnectAsync(UnixSocket(), new UnixDomainSocketEndPoint(uri.LocalPath), cancellationToken)
                    : (context, cancellationToken) => ConnectAsync(TcpSocket(), context.DnsEndPoint, cancellationToken),
        };
        if (uri.Scheme == "https")
            handler.SslOptions = identity!.ClientOptions();
        return GrpcChannel.ForAddress(
            uri.Scheme == "unix" ? "http://localhost" : url,
            new GrpcChannelOptions
            {
                HttpHandler = new UnconnectedHandler(handler),
                DisposeHttpClient = true,
                MaxReceiveMessageSize = options.MaxReceiveBytes,
            }
        );
    }

    private static Socket TcpSocket() => new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static Socket UnixSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint peer, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(peer, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
