using Google.Protobuf;
using Grpc.Core;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Models;
using Scheduler.Tests.Integration.Grpc.Contract;

namespace Scheduler.Tests.Integration.Grpc;

public sealed class PythonServerTests(PythonServer server) : ForeignServerTests(server), IClassFixture<PythonServer>;

public sealed class NodeServerTests(NodeServer server) : ForeignServerTests(server), IClassFixture<NodeServer>;

/// <summary>The product's channels call other implementations' servers, which compress their answers.</summary>
public abstract class ForeignServerTests : IDisposable
{
    private readonly ForeignServerFixture _server;
    private readonly ChannelFactory _channels = new(null, new ChannelOptions { MaxReceiveBytes = 4 * 1024 * 1024 });
    private readonly Interop.InteropClient _client;

    protected ForeignServerTests(ForeignServerFixture server)
    {
        _server = server;
        _client = new Interop.InteropClient(_channels.Invoker(server.Url));
    }

    private static DateTime Soon => DateTime.UtcNow.AddMinutes(1);

    public void Dispose() => _channels.Dispose();

    [Fact]
    public Task Makes_calls_of_each_kind() => MakeCallsOfEachKindAsync(_client);

    [Fact]
    public async Task Gives_up_at_the_deadline_and_tells_the_server_beforehand()
    {
        var key = ByteString.CopyFromUtf8("deadline");
        Assert.InRange((await _client.UnaryAsync(new Message { Text = "timeout" }, deadline: Soon)).Number, 1, 60_000);
        var call = _client.UnaryAsync(new Message { Text = "wait", Data = key }, deadline: DateTime.UtcNow.AddMilliseconds(300));
        Assert.Equal(ErrorKind.Timeout, (await Assert.ThrowsAsync<DomainException>(() => call.ResponseAsync)).Error.Kind);
        await _client.UnaryAsync(new Message { Text = "signalled", Data = key }, deadline: Soon);
    }

    [Fact]
    public async Task Cancels_on_both_sides()
    {
        var key = ByteString.CopyFromUtf8("cancel");
        using var source = new CancellationTokenSource();
        using var call = _client.Down(
            new Message
            {
                Text = "wait",
                Data = key,
                Number = 1,
            },
            deadline: Soon,
            cancellationToken: source.Token
        );
        Assert.True(await call.ResponseStream.MoveNext());
        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.ResponseStream.MoveNext());
        await _client.UnaryAsync(new Message { Text = "signalled", Data = key }, deadline: Soon);
    }

    [Fact]
    public async Task Carries_metadata_there_and_back()
    {
        var sent = new Metadata { { "x-text", "one" }, { "x-data-bin", [0, 255, 128] } };
        using var call = _client.UnaryAsync(new Message { Text = "headers" }, sent, Soon);
        var headers = await call.ResponseHeadersAsync;
        await call;
        foreach (var received in (Metadata[])[headers, call.GetTrailers()])
        {
            Assert.Equal("one", received.GetValue("x-text"));
            Assert.Equal([0, 255, 128], received.GetValueBytes("x-data-bin"));
        }
    }

    [Fact]
    public async Task Learns_why_a_call_failed()
    {
        var failure = await Assert.ThrowsAsync<DomainException>(() =>
            _client.UnaryAsync(new Message { Text = "fail" }, deadline: Soon).ResponseAsync
        );

        Assert.Equal((InteropService.Failure.Kind, InteropService.Failure.Message), (failure.Error.Kind, failure.Error.Message));
        Assert.Equal(InteropService.Failure.Violations, failure.Error.Violations);
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
        var receiving = await Assert.ThrowsAsync<DomainException>(() =>
            _client.UnaryAsync(new Message { Text = "size", Number = 5 << 20 }, deadline: Soon).ResponseAsync
        );
        Assert.Equal(ErrorKind.Overloaded, receiving.Error.Kind);
        var sending = await Assert.ThrowsAsync<DomainException>(() =>
            _client.UnaryAsync(new Message { Data = ByteString.CopyFrom(new byte[5 << 20]) }, deadline: Soon).ResponseAsync
        );
        Assert.Equal(ErrorKind.Overloaded, sending.Error.Kind);
        await _client.UnaryAsync(new Message(), deadline: Soon);
    }

    [Fact]
    public async Task Shows_its_certificate()
    {
        var folder = Directory.CreateTempSubdirectory("grpc-");
        try
        {
            using var authority = new CertificateAuthority(TimeProvider.System, TimeSpan.FromDays(1));
            authority.Issue(folder.FullName, "server", PeerRoles.Bbs, "localhost");
            await using var server = await ForeignServer.StartAsync(_server.Language, certificates: folder.FullName);
            using var channels = new ChannelFactory(
                TlsIdentity.Load(authority.Issue(folder.FullName, "client", PeerRoles.Client)),
                new ChannelOptions()
            );
            await MakeCallsOfEachKindAsync(new Interop.InteropClient(channels.Invoker($"https://localhost:{server.Port}")));
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
            await MakeCallsOfEachKindAsync(new Interop.InteropClient(_channels.Invoker("unix://" + path)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MakeCallsOfEachKindAsync(Interop.InteropClient client)
    {
        var sent = new Message
        {
            Text = "hello",
            Data = ByteString.CopyFrom(0, 1, 2),
            Number = -7,
        };
        Assert.Equal(sent, await client.UnaryAsync(sent, deadline: Soon));
        Assert.Equal(new Message(), await client.UnaryAsync(new Message(), deadline: Soon));

        using var down = client.Down(new Message { Number = 100, Data = ByteString.CopyFrom(new byte[1000]) }, deadline: Soon);
        var numbers = new List<int>();
        await foreach (var message in down.ResponseStream.ReadAllAsync())
            numbers.Add(message.Number);
        Assert.Equal(Enumerable.Range(0, 100), numbers);

        using var up = client.Up(deadline: Soon);
        for (var number = 0; number < 100; number++)
            await up.RequestStream.WriteAsync(new Message { Number = number, Text = "a" });
        await up.RequestStream.CompleteAsync();
        var answer = await up;
        Assert.Equal((4950, new string('a', 100)), (answer.Number, answer.Text));

        using var both = client.Both(deadline: Soon);
        for (var number = 0; number < 100; number++)
        {
            await both.RequestStream.WriteAsync(new Message { Number = number });
            Assert.True(await both.ResponseStream.MoveNext());
            Assert.Equal(number, both.ResponseStream.Current.Number);
        }

        await both.RequestStream.CompleteAsync();
        Assert.False(await both.ResponseStream.MoveNext());
    }
}
