using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Scheduler.Tests.Integration.Grpc.Contract;

namespace Scheduler.Tests.Integration.Grpc;

public sealed class PythonServerTests(PythonServer server) : ForeignServerTests(server), IClassFixture<PythonServer>;

public sealed class NodeServerTests(NodeServer server) : ForeignServerTests(server), IClassFixture<NodeServer>;

/// <summary>This runtime's client calls servers that are not ours.</summary>
public abstract class ForeignServerTests : IDisposable
{
    private readonly ForeignServerFixture _server;
    private readonly GrpcChannel _channel;
    private readonly Interop.InteropClient _client;

    protected ForeignServerTests(ForeignServerFixture server)
    {
        _server = server;
        // One connection, so that a thousand calls have to share it.
        _channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false }, DisposeHttpClient = true });
        _client = new Interop.InteropClient(_channel);
    }

    private static DateTime Soon => DateTime.UtcNow.AddMinutes(1);

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task Calls_with_one_message_each_way()
    {
        var sent = new Message { Text = "hello", Data = ByteString.CopyFrom(0, 1, 2), Number = -7 };
        Assert.Equal(sent, await _client.UnaryAsync(sent, deadline: Soon));
        Assert.Equal(sent, _client.Unary(sent, deadline: Soon));
        Assert.Equal(new Message(), await _client.UnaryAsync(new Message(), deadline: Soon));
    }

    [Fact]
    public async Task Reads_a_stream()
    {
        using var call = _client.Down(new Message { Number = 100, Data = ByteString.CopyFrom(new byte[1000]) }, deadline: Soon);
        var numbers = new List<int>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
            numbers.Add(message.Number);
        Assert.Equal(Enumerable.Range(0, 100), numbers);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Writes_a_stream()
    {
        using var call = _client.Up(deadline: Soon);
        for (var number = 0; number < 100; number++)
            await call.RequestStream.WriteAsync(new Message { Number = number, Text = "a" });
        await call.RequestStream.CompleteAsync();
        var answer = await call;
        Assert.Equal((4950, new string('a', 100)), (answer.Number, answer.Text));
    }

    [Fact]
    public async Task Talks_both_ways_in_turn()
    {
        using var call = _client.Both(deadline: Soon);
        for (var number = 0; number < 100; number++)
        {
            await call.RequestStream.WriteAsync(new Message { Number = number });
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(number, call.ResponseStream.Current.Number);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Gives_up_at_the_deadline_and_tells_the_server_beforehand()
    {
        var key = ByteString.CopyFromUtf8("deadline");
        Assert.InRange((await _client.UnaryAsync(new Message { Text = "timeout" }, deadline: Soon)).Number, 1, 60_000);
        var call = _client.UnaryAsync(new Message { Text = "wait", Data = key }, deadline: DateTime.UtcNow.AddMilliseconds(300));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await _client.UnaryAsync(new Message { Text = "cancelled", Data = key }, deadline: Soon);
    }

    [Fact]
    public async Task Cancels_on_both_sides()
    {
        var key = ByteString.CopyFromUtf8("cancel");
        using var source = new CancellationTokenSource();
        using var call = _client.Down(new Message { Text = "wait", Data = key, Number = 1 }, deadline: Soon, cancellationToken: source.Token);
        Assert.True(await call.ResponseStream.MoveNext());
        source.Cancel();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
        await _client.UnaryAsync(new Message { Text = "cancelled", Data = key }, deadline: Soon);
    }

    [Fact]
    public async Task Carries_metadata_there_and_back()
    {
        var sent = new Metadata { { "x-text", "one" }, { "x-data-bin", [0, 255, 128] } };
        byte[][] values = [[0, 255, 128]];
        // The HTTP handler joins what is repeated with commas, as gRPC allows; the C core under Python does not split it.
        if (_server.Language != Language.Python)
        {
            sent.Add("x-data-bin", [7]);
            values = [.. values, [7]];
        }

        using var call = _client.UnaryAsync(new Message { Text = "headers" }, sent, Soon);
        var headers = await call.ResponseHeadersAsync;
        await call;
        foreach (var received in (Metadata[])[headers, call.GetTrailers()])
        {
            Assert.Equal("one", received.GetValue("x-text"));
            Assert.Equal(values, received.GetAll("x-data-bin").Select(static entry => entry.ValueBytes));
        }
    }

    [Fact]
    public async Task Learns_why_a_call_failed()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => _client.UnaryAsync(new Message { Text = "fail" }, deadline: Soon).ResponseAsync);
        Assert.Equal((StatusCode.NotFound, InteropService.FailureText), (failure.StatusCode, failure.Status.Detail));
        Assert.Equal("because", failure.Trailers.GetValue("x-why"));
        Assert.Equal([0, 1, 255], failure.Trailers.GetValueBytes("x-why-bin"));
        Assert.Equal("GONE", failure.GetRpcStatus()!.Details[0].Unpack<ErrorInfo>().Reason);
    }

    [Fact]
    public async Task Compresses_and_decompresses()
    {
        var gzip = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        var sent = new Message { Data = ByteString.CopyFrom(new byte[100_000]) };
        Assert.Equal(sent, await _client.UnaryAsync(sent, gzip, Soon));
        using var call = _client.Both(gzip, Soon);
        foreach (var flags in (WriteFlags[])[default, WriteFlags.NoCompress, default])
        {
            call.RequestStream.WriteOptions = new WriteOptions(flags);
            await call.RequestStream.WriteAsync(sent);
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(sent, call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Carries_three_megabytes()
    {
        var sent = new Message { Data = ByteString.CopyFrom(new byte[3 << 20]) };
        Assert.Equal(sent, await _client.UnaryAsync(sent, deadline: Soon));
    }

    [Fact]
    public async Task Refuses_and_is_refused_what_is_too_long()
    {
        var receiving = await Assert.ThrowsAsync<RpcException>(() => _client.UnaryAsync(new Message { Text = "size", Number = 5 << 20 }, deadline: Soon).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, receiving.StatusCode);
        var sending = await Assert.ThrowsAsync<RpcException>(() => _client.UnaryAsync(new Message { Data = ByteString.CopyFrom(new byte[5 << 20]) }, deadline: Soon).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, sending.StatusCode);
        await _client.UnaryAsync(new Message(), deadline: Soon);
    }

    [Fact]
    public async Task Has_a_thousand_calls_at_once_on_one_connection()
    {
        var calls = Enumerable.Range(0, 1000).Select(_ => _client.UnaryAsync(new Message { Text = "meet", Number = 1000 }, deadline: Soon).ResponseAsync);
        Assert.All(await Task.WhenAll(calls), static answer => Assert.Equal(1000, answer.Number));
    }

    [Fact]
    public async Task Learns_that_a_method_is_unknown()
    {
        var empty = Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes);
        var unknown = new Method<byte[], byte[]>(MethodType.Unary, "interop.Interop", "Nothing", empty, empty);
        var failure = await Assert.ThrowsAsync<RpcException>(() => _channel.CreateCallInvoker().AsyncUnaryCall(unknown, null, new CallOptions(deadline: Soon), []).ResponseAsync);
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Fact]
    public async Task Shows_its_certificate()
    {
        var folder = Directory.CreateTempSubdirectory("grpc-");
        try
        {
            var certificates = TestCertificates.Create(folder.FullName);
            await using var server = await ForeignServer.StartAsync(_server.Language, certificates: folder.FullName);
            using var handler = new SocketsHttpHandler { SslOptions = certificates.ClientOptions() };
            await CallAsync(new Uri($"https://localhost:{server.Port}"), handler);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Reaches_a_Unix_socket()
    {
        var folder = Directory.CreateTempSubdirectory("grpc-");
        try
        {
            var path = Path.Combine(folder.FullName, "socket");
            await using var server = await ForeignServer.StartAsync(_server.Language, unix: path);
            using var handler = UnixSockets.Handler(path);
            await CallAsync(new Uri("http://localhost"), handler);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CallAsync(Uri address, HttpMessageHandler handler)
    {
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler });
        Assert.Equal("hello", (await new Interop.InteropClient(channel).UnaryAsync(new Message { Text = "hello" }, deadline: Soon)).Text);
    }
}
