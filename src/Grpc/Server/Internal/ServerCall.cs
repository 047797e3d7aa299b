using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>One call being served over one HTTP/2 stream.</summary>
internal sealed partial class ServerCall : ServerCallContext, IServerCallContextFeature
{
    private readonly MethodOptions _options;
    private readonly IMethod _method;
    private readonly ILogger _logger;
    private Metadata? _requestHeaders;
    private Metadata? _trailers;
    private Status _status;
    private AuthContext? _authContext;
    private WriteOptions? _writeOptions;
    private Compressor? _compressor;

    public ServerCall(HttpContext httpContext, IMethod method, MethodOptions options, ILogger logger)
    {
        HttpContext = httpContext;
        _method = method;
        _options = options;
        _logger = logger;
    }

    public HttpContext HttpContext { get; }

    ServerCallContext IServerCallContextFeature.ServerCallContext => this;

    protected override string MethodCore => _method.FullName;

    protected override string HostCore => HttpContext.Request.Host.Value ?? "";

    protected override string PeerCore => Peers.Name(HttpContext.Connection);

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override Metadata ResponseTrailersCore => _trailers ??= [];

    protected override Status StatusCore
    {
        get => _status;
        set => _status = value;
    }

    protected override WriteOptions? WriteOptionsCore
    {
        get => _writeOptions;
        set => _writeOptions = value;
    }

    protected override AuthContext AuthContextCore => _authContext ??= Peers.Identity(HttpContext);

    /// <summary>Prepares the response and starts the clock.</summary>
    /// <exception cref="RpcException">The request's headers are wrong.</exception>
    public void Start(bool clientStreams)
    {
        var features = HttpContext.Features;
        // Interceptors may wrap the context; without any nobody has to find it again, and a feature costs an allocation.
        if (_options.Interceptors.Length > 0)
            features.Set<IServerCallContextFeature>(this);
        // The limit on messages is ours; a stream of them may go on for ever, and as slowly as it likes.
        if (features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (clientStreams && features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;

        var response = HttpContext.Response;
        response.ContentType = WireNames.ContentType;
        if (_options.ResponseEncoding is { } encoding)
            UseEncoding(encoding);
        if (HttpContext.Request.Headers.GrpcTimeout is [{ } timeout, ..])
            StartDeadline(timeout);
    }

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        var response = HttpContext.Response;
        if (response.HasStarted)
            throw new InvalidOperationException("Response headers can only be sent once per call.");
        BeginWrite();
        try
        {
            if (responseHeaders.GetValue(Metadata.CompressionRequestAlgorithmMetadataKey) is { } encoding)
                UseEncoding(encoding);
            Trailers.WriteMetadata(response.Headers, responseHeaders);
            return FlushHeadersAsync(response);
        }
        catch
        {
            EndWrite();
            throw;
        }
    }

    private async Task FlushHeadersAsync(HttpResponse response)
    {
        try
        {
            await response.BodyWriter.FlushAsync();
        }
        finally
        {
            EndWrite();
        }
    }

    private void UseEncoding(string encoding)
    {
        if (encoding == WireNames.Identity || !CompressionProviders.Accepts(HttpContext.Request.Headers.GrpcAcceptEncoding, encoding))
        {
            _compressor = null;
            HttpContext.Response.Headers.GrpcEncoding = default;
            return;
        }

        _compressor = _options.Providers.ForWriting(encoding, _options.ResponseLevel);
        HttpContext.Response.Headers.GrpcEncoding = encoding;
    }

    private Metadata ReadRequestHeaders()
    {
        var headers = HttpContext.Request.Headers;
        var metadata = new Metadata(headers.Count);
        foreach (var (name, values) in headers)
        {
            if (WireNames.IsReserved(name))
                continue;
            foreach (var value in values)
                MetadataCodec.Read(metadata, name, value ?? "");
        }

        return metadata;
    }
}
