using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Models;
using Scheduler.Tests.Integration.Grpc.Contract;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>The product's channels and host together: the behaviour that the components rely on.</summary>
public sealed class ChannelTests(InteropServer server) : IClassFixture<InteropServer>, IDisposable
{
    private readonly ChannelFactory _channels = new(null, new ChannelOptions());

    private static DateTime Soon => DateTime.UtcNow.AddMinutes(1);

    private Interop.InteropClient Client => new(_channels.Invoker(server.Url));

    public void Dispose() => _channels.Dispose();

    [Fact]
    public async Task A_write_that_found_no_listener_is_made_at_the_next_address()
    {
        var bbs = new BbsConnection(_channels, [ClosedUrl(), server.Url], new ChannelOptions(), TimeProvider.System);

        await new DomainService.DomainServiceClient(bbs.Invoker).UpsertAsync(new UpsertDomainRequest(), deadline: Soon);
    }

    [Fact]
    public async Task A_write_that_found_no_socket_is_made_at_the_next_address()
    {
        var bbs = new BbsConnection(_channels, ["unix:///nowhere/socket", server.UnixUrl], new ChannelOptions(), TimeProvider.System);

        await new DomainService.DomainServiceClient(bbs.Invoker).UpsertAsync(new UpsertDomainRequest(), deadline: Soon);
    }

    /// <summary>A stopped process: the kernel accepts the connection, but no handshake follows.</summary>
    [Fact]
    public async Task A_write_for_which_no_connection_came_about_in_time_is_made_at_the_next_address()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new ChannelOptions { ConnectTimeout = TimeSpan.FromSeconds(1) };
        using var channels = new ChannelFactory(TlsIdentity.Load(server.Issue("patient", PeerRoles.Client)), options);
        var lone = new DomainService.DomainServiceClient(channels.Invoker($"https://{silent.LocalEndpoint}"));
        var bbs = new BbsConnection(channels, [$"https://{silent.LocalEndpoint}", server.SecureUrl], options, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<DomainException>(() =>
            lone.UpsertAsync(new UpsertDomainRequest(), deadline: Soon).ResponseAsync
        );
        await new DomainService.DomainServiceClient(bbs.Invoker).UpsertAsync(new UpsertDomainRequest(), deadline: Soon);

        Assert.Equal(ErrorKind.Unavailable, failure.Error.Kind);
    }

    /// <summary>Channels do not back off, so callers reach a server as soon as it is back.</summary>
    [Fact]
    public async Task A_call_reaches_a_server_that_has_come_up_since_the_last_one_failed()
    {
        var closed = new Uri(ClosedUrl());
        var client = new Interop.InteropClient(_channels.Invoker(closed.ToString()));
        foreach (var _ in Enumerable.Range(0, 10))
            Assert.Equal(
                ErrorKind.Unavailable,
                (await Assert.ThrowsAsync<DomainException>(() => client.UnaryAsync(new Message(), deadline: Soon).ResponseAsync)).Error.Kind
            );
        await using var relay = new Relay(new Uri(server.Url), closed.Port);

        Assert.Equal("hello", (await client.UnaryAsync(new Message { Text = "hello" }, deadline: Soon)).Text);
    }

    [Fact]
    public async Task A_peer_that_vanished_without_a_word_is_noticed()
    {
        await using var relay = new Relay(new Uri(server.Url));
        using var channels = new ChannelFactory(
            null,
            new ChannelOptions { KeepAlive = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) }
        );
        using var call = Down(new Interop.InteropClient(channels.Invoker(relay.Url)), "vanished");
        Assert.True(await call.ResponseStream.MoveNext());

        relay.GoDark();

        await Assert.ThrowsAsync<DomainException>(() => call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task A_stranger_has_no_connection()
    {
        using var authority = new CertificateAuthority(TimeProvider.System, TimeSpan.FromDays(1));
        var folder = Directory.CreateTempSubdirectory("grpc-");
        try
        {
            using var channels = new ChannelFactory(
                TlsIdentity.Load(authority.Issue(folder.FullName, "stranger", PeerRoles.Client)),
                new ChannelOptions()
            );
            var client = new DomainService.DomainServiceClient(channels.Invoker(server.SecureUrl));
            var failure = await Assert.ThrowsAsync<DomainException>(() =>
                client.ListAsync(new ListDomainsRequest(), deadline: Soon).ResponseAsync
            );
            Assert.True(failure.Error.Kind == ErrorKind.Unavailable, failure.ToString());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Keeps_what_went_wrong_inside_to_itself()
    {
        var failure = await Assert.ThrowsAsync<DomainException>(() =>
            Client.UnaryAsync(new Message { Text = "crash" }, deadline: Soon).ResponseAsync
        );

        Assert.Equal(
            (ErrorKind.Unknown, "Internal: internal error; see the server's log for details"),
            (failure.Error.Kind, failure.Error.Message)
        );
    }

    [Fact]
    public async Task A_deadline_in_the_past_fails_before_anything_is_sent()
    {
        var client = new Interop.InteropClient(_channels.Invoker(ClosedUrl()));

        var failure = await Assert.ThrowsAsync<DomainException>(() =>
            client.UnaryAsync(new Message(), deadline: DateTime.UtcNow.AddSeconds(-1)).ResponseAsync
        );

        Assert.Equal(ErrorKind.Timeout, failure.Error.Kind);
    }

    [Fact]
    public async Task Disposing_a_call_or_releasing_its_peer_cancels_it_on_the_server()
    {
        var first = Down(Client, "call");
        var second = Down(Client, "peer");
        Assert.True(await first.ResponseStream.MoveNext());
        Assert.True(await second.ResponseStream.MoveNext());
        var another = new ChannelFactory(null, new ChannelOptions());
        var observer = new Interop.InteropClient(another.Invoker(server.Url));

        first.Dispose();
        await observer.UnaryAsync(Signalled("call"), deadline: Soon);
        _channels.Release(server.Url);
        await observer.UnaryAsync(Signalled("peer"), deadline: Soon);

        await Assert.ThrowsAsync<DomainException>(() => second.ResponseStream.MoveNext());
        another.Dispose();
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_server_back()
    {
        // A gigabyte, far more than all windows and buffers between client and server.
        using var call = Client.Down(
            new Message
            {
                Text = "wait",
                Number = 1000,
                Data = ByteString.CopyFrom(new byte[1 << 20]),
            },
            deadline: Soon
        );
        await call.ResponseHeadersAsync;
        for (var number = 0; number < 5; number++)
            Assert.True(await call.ResponseStream.MoveNext());

        Assert.InRange(server.Service.Written, 5, 500);
    }

    /// <summary>Each peer has one connection: a stream limit would queue the calls, and these wait for each other.</summary>
    [Fact]
    public async Task A_thousand_calls_are_under_way_at_once()
    {
        var calls = Enumerable
            .Range(0, 1000)
            .Select(_ => Client.UnaryAsync(new Message { Text = "meet", Number = 1000 }, deadline: Soon).ResponseAsync);

        Assert.All(await Task.WhenAll(calls), static answer => Assert.Equal(1000, answer.Number));
    }

    [Fact]
    public async Task Health_is_told_as_it_changes()
    {
        using var call = new Health.HealthClient(_channels.Invoker(server.Url)).Watch(new HealthCheckRequest(), deadline: Soon);
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, call.ResponseStream.Current.Status);

        await Client.UnaryAsync(new Message { Text = "busy" }, deadline: Soon);
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, call.ResponseStream.Current.Status);

        await Client.UnaryAsync(new Message { Text = "ready" }, deadline: Soon);
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, call.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task A_host_that_stops_lets_calls_end_and_takes_no_new_ones()
    {
        var host = new InteropServer();
        await host.InitializeAsync();
        var client = new Interop.InteropClient(_channels.Invoker(host.Url));
        var call = client.UnaryAsync(Signalled("last words"), deadline: Soon);
        // A call that is still in flight may find the listener closed.
        await Wait.UntilAsync(() => host.Service.Waiting > 0);

        var stopping = host.StopAsync();
        await Wait.UntilAsync(async () => !await IsServedAsync(new Interop.InteropClient(_channels.Invoker(host.Url))));
        host.Service.Give("last words");

        Assert.Equal("signalled", (await call).Text);
        await stopping;
        await host.DisposeAsync();
    }

    private static Message Signalled(string key) => new() { Text = "signalled", Data = ByteString.CopyFromUtf8(key) };

    private static async Task<bool> IsServedAsync(Interop.InteropClient client)
    {
        try
        {
            await client.UnaryAsync(new Message(), deadline: Soon);
            return true;
        }
        catch (DomainException)
        {
            return false;
        }
    }

    private static string ClosedUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://{listener.LocalEndpoint}";
    }

    private static AsyncServerStreamingCall<Message> Down(Interop.InteropClient client, string key) =>
        client.Down(
            new Message
            {
                Text = "wait",
                Number = 1,
                Data = ByteString.CopyFromUtf8(key),
            }
        );
}
