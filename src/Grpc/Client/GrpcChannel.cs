using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client.Internal;
using Grpc.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grpc.Net.Client;

/// <summary>A way to one server, over HTTP/2. Made once and used for many calls, from any thread.</summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly ConcurrentDictionary<string, Uri> _paths = new(StringComparer.Ordinal);
    private readonly Uri _address;
    private readonly bool _ownsInvoker;
    private readonly CancellationTokenSource _shutdown = new();
    private bool _disposed;

    private GrpcChannel(Uri address, GrpcChannelOptions options)
        : base(address.Authority)
    {
        _address = address;
        Check(address, options);
        (Invoker, _ownsInvoker) = options switch
        {
            { HttpClient: { } client } => ((HttpMessageInvoker)client, options.DisposeHttpClient),
            { HttpHandler: { } handler } => (new HttpMessageInvoker(handler, options.DisposeHttpClient), true),
            _ => (new HttpMessageInvoker(OwnHandler(), disposeHandler: true), true),
        };
        MaxSend = options.MaxSendMessageSize;
        MaxReceive = options.MaxReceiveMessageSize;
        ThrowsOperationCanceled = options.ThrowOperationCanceledOnCancellation;
        Providers = options.CompressionProviders is { } providers ? new CompressionProviders(providers) : CompressionProviders.Default;
        Time = options.ServiceProvider?.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System;
        Logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<GrpcChannel>();
        HttpVersion = options.HttpVersion ?? System.Net.HttpVersion.Version20;
        HttpVersionPolicy = options.HttpVersionPolicy ?? System.Net.Http.HttpVersionPolicy.RequestVersionExact;
    }

    internal HttpMessageInvoker Invoker { get; }

    internal int? MaxSend { get; }

    internal int? MaxReceive { get; }

    internal bool ThrowsOperationCanceled { get; }

    internal CompressionProviders Providers { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal Version HttpVersion { get; }

    internal HttpVersionPolicy HttpVersionPolicy { get; }

    /// <summary>Cancelled when the channel is disposed.</summary>
    internal CancellationToken Shutdown => _shutdown.Token;

    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) => ForAddress(new Uri(address), channelOptions);

    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    /// <summary>Makes a channel. Nothing is connected before the first call.</summary>
    /// <param name="address"><c>http://</c> for HTTP/2 without TLS, <c>https://</c> for TLS; its path is not used.</param>
    /// <param name="channelOptions">How to get there.</param>
    /// <exception cref="ArgumentException">The address has no such scheme, or the options contradict each other or the address.</exception>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        return new GrpcChannel(address, channelOptions);
    }

    public override CallInvoker CreateCallInvoker()
    {
        ThrowIfDisposed();
        return new HttpCallInvoker(this);
    }

    /// <summary>Ends every call with Cancelled and closes the connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        _shutdown.Cancel();
        if (_ownsInvoker)
            Invoker.Dispose();
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    internal Uri PathOf(IMethod method) =>
        _paths.GetOrAdd(method.FullName, static (path, address) => new Uri(address, path), _address);

    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }

    private static SocketsHttpHandler OwnHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
    };

    private static void Check(Uri address, GrpcChannelOptions options)
    {
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException($"The address '{address}' must start with http:// or https://.", nameof(address));
        if (options is { HttpClient: not null, HttpHandler: not null })
            throw new ArgumentException("HttpClient and HttpHandler have been configured. Only one HTTP caller can be specified.");
        if (options.Credentials is { } credentials && credentials.IsSecure != (address.Scheme == Uri.UriSchemeHttps))
            throw new InvalidOperationException($"The credentials of the channel do not go with the scheme of {address}.");
    }
}
