using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>One call of a client with its messages.</summary>
internal sealed class ClientCall<TRequest, TResponse>(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options)
    : ClientCall(channel, method.Type, options), IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly Compressor? _compressor = RequestCompressor(channel, options);
    private IRequestContent? _content;
    private ResponseReader? _reader;
    private Task _opening = Task.CompletedTask;
    private TResponse? _current;

    TResponse IAsyncStreamReader<TResponse>.Current => _current ?? throw new InvalidOperationException("No current element is available.");

    public ClientStreamWriter<TRequest, TResponse> Writer(StreamedRequestContent content) => new(this, content, Options.WriteOptions);

    public void Serialize(TRequest request, PooledBuffer frame, WriteOptions? writeOptions)
    {
        var compressor = (writeOptions?.Flags & WriteFlags.NoCompress) == WriteFlags.NoCompress ? null : _compressor;
        MessageWriter.Write(method.RequestMarshaller, request, frame, Channel.MaxSend, compressor);
    }

    /// <summary>Makes the call and gives its one response.</summary>
    /// <param name="request">The request, if it is one message.</param>
    /// <param name="content">The request, if it is a stream.</param>
    public async Task<TResponse> ReceiveSingleAsync(TRequest? request, StreamedRequestContent? content)
    {
        TResponse? message = null;
        try
        {
            await OpenAsync(content ?? (HttpContent)SingleContent(request!));
            if (!HasEnded(out _))
            {
                message = await ReadAsync();
                if (message is not null && await ReadAsync() is not null)
                    throw Failure.Internal("The method answers with one message and the server sent more.");
                EndByTrailers(hasMessage: message is not null);
            }
        }
        catch (Exception e)
        {
            throw EndWith(e);
        }

        HasEnded(out var code);
        return code == StatusCode.OK ? message! : throw Failed();
    }

    /// <summary>Makes the call and gives the stream of its responses.</summary>
    /// <inheritdoc cref="ReceiveSingleAsync"/>
    public IAsyncStreamReader<TResponse> ReceiveStream(TRequest? request, StreamedRequestContent? content)
    {
        _opening = TryOpenAsync(request, content);
        return this;
    }

    async Task<bool> IAsyncStreamReader<TResponse>.MoveNext(CancellationToken cancellationToken)
    {
        using var registration = EndOn(cancellationToken);
        await _opening;
        if (HasEnded(out var code))
            return code == StatusCode.OK ? false : throw Failed();
        try
        {
            _current = await ReadAsync();
            if (_current is not null)
                return true;
            EndByTrailers(hasMessage: true);
        }
        catch (Exception e)
        {
            throw EndWith(e);
        }

        HasEnded(out code);
        return code == StatusCode.OK ? false : throw Failed();
    }

    protected override void Released()
    {
        _content?.Release();
        _reader?.Release();
    }

    private static Compressor? RequestCompressor(GrpcChannel channel, in CallOptions options) =>
        options.Headers?.GetValue(Metadata.CompressionRequestAlgorithmMetadataKey) is { } encoding
            ? channel.Providers.ForWriting(encoding, null)
            : null;

    private async Task TryOpenAsync(TRequest? request, StreamedRequestContent? content)
    {
        try
        {
            await OpenAsync(content ?? (HttpContent)SingleContent(request!));
        }
        catch (Exception e)
        {
            EndWith(e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask OpenAsync(HttpContent content)
    {
        _content = (IRequestContent)content;
        HttpResponseMessage response;
        try
        {
            var timeout = Watch();
            var request = Request(content, timeout);
            response = await Channel.Invoker.SendAsync(request, Ended);
        }
        catch
        {
            _content.Release();
            throw;
        }

        if (!Opened(response))
        {
            response.Dispose();
            throw Failed();
        }

        if (HttpFailures.FindEnd(response) is { } status)
        {
            // Trailers-only: what looks like headers is the end.
            End(status, HttpMetadata.Read(response.Headers));
            return;
        }

        _reader = new ResponseReader(response.Content.ReadAsStream(Ended), HttpMetadata.Find(response.Headers, WireNames.Encoding));
    }

    /// <summary>A request of one message. Serialized at once: the caller may change the message when the call has been started.</summary>
    private SingleRequestContent SingleContent(TRequest request)
    {
        var frame = new PooledBuffer();
        try
        {
            Serialize(request, frame, Options.WriteOptions);
        }
        catch
        {
            frame.Dispose();
            throw;
        }

        return new SingleRequestContent(frame);
    }

    private HttpRequestMessage Request(HttpContent content, string? timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Channel.PathOf(method))
        {
            Content = content,
            Version = Channel.HttpVersion,
            VersionPolicy = Channel.HttpVersionPolicy,
        };
        var headers = request.Headers;
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation(WireNames.AcceptEncoding, Channel.Providers.AcceptEncoding);
        if (timeout is not null)
            headers.TryAddWithoutValidation(WireNames.Timeout, timeout);
        if (_compressor is not null)
            headers.TryAddWithoutValidation(WireNames.Encoding, _compressor.EncodingName);
        if (host is not null)
            headers.Host = host;
        if (Options.Headers is { } metadata)
            HttpMetadata.Write(headers, metadata);
        if (!headers.NonValidated.Contains("user-agent"))
            headers.TryAddWithoutValidation("user-agent", HttpMetadata.UserAgent);
        return request;
    }

    private ValueTask<TResponse?> ReadAsync() =>
        _reader!.ReadAsync(method.ResponseMarshaller, Channel.Providers, Channel.MaxReceive, Ended);

    private void EndByTrailers(bool hasMessage)
    {
        var trailers = Response!.TrailingHeaders;
        var status = HttpFailures.ReadStatus(trailers) ?? new Status(StatusCode.Internal, "The server closed the stream without a grpc-status.");
        if (status.StatusCode == StatusCode.OK && !hasMessage)
            status = new Status(StatusCode.Internal, "The server ended the call with OK and without a message.");
        End(status, HttpMetadata.Read(trailers));
    }
}
