using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>How a channel reaches its server.</summary>
/// <remarks>
/// What belongs to the connection is set on <see cref="HttpHandler"/>, a <see cref="SocketsHttpHandler"/>: client certificates and trust
/// (<c>SslOptions</c>), Unix sockets (<c>ConnectCallback</c>), keep-alive pings (<c>KeepAlivePingDelay</c>, <c>KeepAlivePingTimeout</c>,
/// <c>KeepAlivePingPolicy</c>), connect timeout, and more than one connection (<c>EnableMultipleHttp2Connections</c>).
/// </remarks>
public sealed class GrpcChannelOptions
{
    /// <summary>Must agree with the scheme of the address if set.</summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>The longest message sent, in bytes before compression; null, the default: any.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>The longest message taken, in bytes after decompression; null: any. The default is 4 MB.</summary>
    public int? MaxReceiveMessageSize { get; set; } = Wire.WireNames.DefaultMaxReceiveMessageSize;

    /// <summary>Encodings besides gzip, or in its place.</summary>
    public IList<ICompressionProvider>? CompressionProviders { get; set; }

    /// <summary>Where the channel logs.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Makes the requests; not together with <see cref="HttpHandler"/>.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Makes the requests; not together with <see cref="HttpClient"/>. Null: a <see cref="SocketsHttpHandler"/> of the channel's own.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether the channel disposes the handler or client that it was given.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Whether a call that its caller cancelled, or whose deadline has passed, throws <see cref="OperationCanceledException"/> instead of <see cref="RpcException"/>.</summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>Where the channel finds a <see cref="TimeProvider"/> for its deadlines, if there is one.</summary>
    public IServiceProvider? ServiceProvider { get; set; }

    /// <summary>2.0 if null.</summary>
    public Version? HttpVersion { get; set; }

    /// <summary>Exactly the version if null.</summary>
    public HttpVersionPolicy? HttpVersionPolicy { get; set; }
}
