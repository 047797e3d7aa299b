using Google.Protobuf;
using Microsoft.Extensions.Primitives;
using Scheduler.Bench.Commands.GrpcSpeed.Contract;
using Scheduler.Hosting.Channels;

namespace Scheduler.Bench.Commands.GrpcSpeed;

/// <summary>The call as the product makes it.</summary>
internal sealed class GrpcEcho : IDisposable
{
    private readonly ChannelFactory _channels = new(null, new ChannelOptions());
    private readonly Echo.EchoClient _client;
    private readonly Ping _request = new() { Payload = ByteString.CopyFrom(new byte[EchoServer.PayloadSize]) };

    public GrpcEcho(Uri address) => _client = new Echo.EchoClient(_channels.Raw(address.ToString()));

    public async Task CallAsync(CancellationToken cancellationToken)
    {
        var response = await _client.CallAsync(_request, cancellationToken: cancellationToken);
        if (response.Payload.Length != EchoServer.PayloadSize)
            throw new InvalidDataException($"unexpected reply of {response.Payload.Length} bytes");
    }

    public void Dispose() => _channels.Dispose();
}

/// <summary>The same bytes without gRPC: body, headers and trailer equal those of the gRPC call on the wire.</summary>
internal sealed class PlainEcho : IDisposable
{
    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly IReadOnlyList<KeyValuePair<string, StringValues>> _headers;

    // Frame header, tag and length of the field, payload.
    private readonly byte[] _request = new byte[5 + 2 + EchoServer.PayloadSize];

    /// <param name="headers">The headers of the gRPC call.</param>
    public PlainEcho(Uri address, IReadOnlyList<KeyValuePair<string, StringValues>> headers)
    {
        _headers = headers;
        _client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
        _address = new Uri(address, EchoServer.PlainPath);
    }

    public async Task CallAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(_request),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        foreach (var (name, value) in _headers)
            request.Headers.TryAddWithoutValidation(name, value.ToString());
        using var response = await _client.SendAsync(request, cancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (bytes.Length != _request.Length || !response.TrailingHeaders.NonValidated.Contains("grpc-status"))
            throw new InvalidDataException($"unexpected reply of {bytes.Length} bytes");
    }

    public void Dispose() => _client.Dispose();
}
