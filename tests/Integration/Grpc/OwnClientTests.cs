using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Scheduler.Tests.Integration.Grpc.Contract;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>This runtime on both sides: what foreign implementations do not show.</summary>
public sealed class OwnClientTests(InteropServer server) : IClassFixture<InteropServer>, IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(server.Address);

    private static DateTime Soon => DateTime.UtcNow.AddMinutes(1);

    private Interop.InteropClient Client => new(_channel);

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task Tells_the_service_who_the_client_is()
    {
        using var handler = new SocketsHttpHandler { SslOptions = server.Certificates.ClientOptions() };
        using var channel = GrpcChannel.ForAddress(Localhost(server.SecureAddress), new GrpcChannelOptions { HttpHandler = handler });
        var peer = (await new Interop.InteropClient(channel).UnaryAsync(new Message { Text = "peer" }, deadline: Soon)).Text;
        Assert.StartsWith("ipv4:127.0.0.1:", peer);
        Assert.EndsWith(" " + TestCertificates.ClientName, peer);
    }

    [Fact]
    public async Task Has_no_call_without_a_certificate()
    {
        using var handler = new SocketsHttpHandler { SslOptions = server.Certificates.ClientOptions(withCertificate: false) };
        using var channel = GrpcChannel.ForAddress(Localhost(server.SecureAddress), new GrpcChannelOptions { HttpHandler = handler });
        var failure = await Assert.ThrowsAsync<RpcException>(() => new Interop.InteropClient(channel).UnaryAsync(new Message(), deadline: Soon).ResponseAsync);
        Assert.True(failure.StatusCode == StatusCode.Unavailable, failure.ToString());
    }

    [Fact]
    public async Task Talks_over_a_Unix_socket()
    {
        using var handler = UnixSockets.Handler(server.SocketPath);
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler });
        Assert.StartsWith("unix:", (await new Interop.InteropClient(channel).UnaryAsync(new Message { Text = "peer" }, deadline: Soon)).Text);
    }

    [Fact]
    public async Task Keeps_what_went_wrong_inside_to_itself()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(new Message { Text = "crash" }, deadline: Soon).ResponseAsync);
        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        Assert.DoesNotContain("secret", failure.Status.Detail);
    }

    [Fact]
    public async Task Is_unavailable_where_nobody_listens()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        var call = new Interop.InteropClient(channel).UnaryAsync(new Message(), deadline: Soon);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        Assert.Equal(StatusCode.Unavailable, call.GetStatus().StatusCode);
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseHeadersAsync);
    }

    [Fact]
    public async Task A_deadline_in_the_past_fails_before_anything_is_sent()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(new Message(), deadline: DateTime.UtcNow.AddSeconds(-1)).ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.Throws<InvalidOperationException>(() => { Client.UnaryAsync(new Message(), deadline: DateTime.Now.AddMinutes(1)); });
    }

    [Fact]
    public async Task Disposing_a_call_or_its_channel_cancels_it_on_the_server()
    {
        var channel = GrpcChannel.ForAddress(server.Address);
        var first = Down(new Interop.InteropClient(channel), "dispose call");
        var second = Down(new Interop.InteropClient(channel), "dispose channel");
        Assert.True(await first.ResponseStream.MoveNext());
        Assert.True(await second.ResponseStream.MoveNext());
        first.Dispose();
        await CancelledAsync("dispose call");
        channel.Dispose();
        await CancelledAsync("dispose channel");
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => second.ResponseStream.MoveNext())).StatusCode);
        Assert.Throws<ObjectDisposedException>(() => { Down(new Interop.InteropClient(channel), "never"); });
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_server_back()
    {
        // A gigabyte, far more than all the windows and buffers between the two.
        using var call = Client.Down(new Message { Text = "wait", Number = 1000, Data = ByteString.CopyFrom(new byte[1 << 20]) }, deadline: Soon);
        await call.ResponseHeadersAsync;
        for (var number = 0; number < 5; number++)
        {
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(number, call.ResponseStream.Current.Number);
        }

        Assert.InRange((await Client.UnaryAsync(new Message { Text = "written" }, deadline: Soon)).Number, 5, 500);
    }

    [Fact]
    public async Task Interceptors_see_the_call_in_order()
    {
        var seen = new List<string>();
        var invoker = _channel.Intercept(new Recorder("outer", seen), new Recorder("inner", seen)).Intercept(headers =>
        {
            headers.Add("x-text", "added");
            return headers;
        });
        using var call = new Interop.InteropClient(invoker).UnaryAsync(new Message { Text = "headers" }, deadline: Soon);
        await call;
        Assert.Equal("added", (await call.ResponseHeadersAsync).GetValue("x-text"));
        Assert.Equal(["outer", "inner"], seen);
    }

    [Fact]
    public async Task Watches_health_change()
    {
        using var call = new Health.HealthClient(_channel).Watch(new HealthCheckRequest { Service = "changing" }, deadline: Soon);
        Assert.True(await call.ResponseStream.MoveNext());
        foreach (var (text, status) in (IEnumerable<(string, HealthCheckResponse.Types.ServingStatus)>)[("serving", HealthCheckResponse.Types.ServingStatus.Serving), ("failing", HealthCheckResponse.Types.ServingStatus.NotServing)])
        {
            await Client.UnaryAsync(new Message { Text = text }, deadline: Soon);
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(status, call.ResponseStream.Current.Status);
        }
    }

    private static Uri Localhost(Uri address) => new UriBuilder(address) { Host = "localhost" }.Uri;

    private static AsyncServerStreamingCall<Message> Down(Interop.InteropClient client, string key) =>
        client.Down(new Message { Text = "wait", Number = 1, Data = ByteString.CopyFromUtf8(key) });

    private async Task CancelledAsync(string key) =>
        await Client.UnaryAsync(new Message { Text = "cancelled", Data = ByteString.CopyFromUtf8(key) }, deadline: Soon);

    private sealed class Recorder(string name, List<string> seen) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add(name);
            return continuation(request, context);
        }
    }
}
