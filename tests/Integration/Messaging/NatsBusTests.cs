using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Scheduler.Messaging;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.MariaDb;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Messaging;

/// <summary>The bus with real servers.</summary>
public sealed class NatsBusTests : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private readonly CapturedLog<NatsBus> _log = new();
    private readonly List<Task> _running = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Fact]
    public async Task Sends_and_receives_payloads_of_any_bytes()
    {
        await using var server = await NatsServer.StartNewAsync();
        var bus = await ConnectAsync(server.Url);
        await ListenAsync(server.Url);
        var text = string.Concat(Enumerable.Repeat("päivä\r\nMSG x 1 2\r\n\0", 5000));
        Assert.True(await bus.PublishAsync("echo.text", "reply.here", Encoding.UTF8.GetBytes(text), _stop.Token));
        Assert.True(await bus.PublishAsync("echo.text", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
        // A server does not send a client's messages back to it, so a second client listens.
        Assert.Equal(text, await NextAsync());
        Assert.Equal("", await NextAsync());
    }

    [Fact]
    public async Task Says_at_once_when_there_is_no_connection()
    {
        await using var server = await NatsServer.StartNewAsync();
        var bus = Bus(server.Url);
        Assert.False(await bus.PublishAsync("x", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
        await RunAsync(bus);
        await server.KillAsync();
        await Wait.UntilAsync(() => _log.From(LogLevel.Warning).Any());
        Assert.False(await bus.PublishAsync("x", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
    }

    [Fact]
    public async Task Says_once_per_outage_and_server_that_it_is_away()
    {
        await using var server = await NatsServer.StartNewAsync();
        var bus = await ConnectAsync(server.Url);
        await server.KillAsync();
        await Wait.UntilAsync(() => _log.Lines.Count(line => line.Contains("Connection refused")) > 5);
        await server.StartAsync();
        await Wait.UntilAsync(async () => await bus.PublishAsync("x", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
        Assert.Single(_log.From(LogLevel.Warning));
    }

    [Fact]
    public async Task User_and_password_are_shown()
    {
        await using var server = await NatsServer.StartNewAsync("emitter", "se:cret/ä,");
        await ConnectAsync(Options(new Uri($"nats://127.0.0.1:{server.Port}")) with { User = "emitter", Password = "se:cret/ä," });
        await ConnectAsync(new Uri($"nats://emitter:se%3Acret%2F%C3%A4,@127.0.0.1:{server.Port}"));
    }

    [Fact]
    public async Task Each_server_is_shown_its_own_user()
    {
        await using var first = await NatsServer.StartNewAsync("one", "first");
        await using var second = await NatsServer.StartNewAsync("two", "second");
        var bus = await ConnectAsync(first.Url, second.Url);
        await first.KillAsync();
        await Wait.UntilAsync(async () => await bus.PublishAsync("x", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_servers_words_and_without_the_password()
    {
        await using var server = await NatsServer.StartNewAsync("emitter", "right");
        var bus = Bus(new Uri($"nats://emitter:hush-hush@127.0.0.1:{server.Port}"));
        _running.Add(bus.RunAsync(_stop.Token));
        // It keeps trying: an operator may grant access later.
        await Wait.UntilAsync(() => server.Log.Split("authentication error").Length > 4);
        Assert.Contains("Authorization Violation", Assert.Single(_log.From(LogLevel.Warning)));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("hush-hush"));
    }

    [Fact]
    public async Task Tls_with_client_certificates()
    {
        using var certificates = new CertificateDirectory();
        await using var server = await NatsServer.StartNewWithTlsAsync(certificates.Path);
        var options = certificates.Shown(Options(server.Url));
        var bus = await ConnectAsync(options);
        await ConnectAsync(options, "echo.>");
        Assert.True(await bus.PublishAsync("echo.text", null, "over TLS"u8.ToArray(), _stop.Token));
        Assert.Equal("over TLS", await NextAsync());
    }

    [Fact]
    public async Task A_server_of_an_unknown_authority_is_not_trusted()
    {
        using var certificates = new CertificateDirectory();
        await using var server = await NatsServer.StartNewWithTlsAsync(certificates.Path);
        var failure = await RefusedAsync(Options(new Uri($"tls://127.0.0.1:{server.Port}")));
        Assert.Contains("certificate", failure);
    }

    [Fact]
    public async Task A_server_with_the_certificate_of_another_is_not_trusted()
    {
        using var certificates = new CertificateDirectory(withLoopback: false);
        await using var server = await NatsServer.StartNewWithTlsAsync(certificates.Path);
        var failure = await RefusedAsync(certificates.Shown(Options(server.Url)));
        Assert.Contains("certificate", failure);
    }

    [Fact]
    public async Task Nothing_is_sent_in_the_clear_where_TLS_is_wanted()
    {
        await using var server = await NatsServer.StartNewAsync();
        Assert.Contains("TLS", await RefusedAsync(Options(new Uri($"tls://127.0.0.1:{server.Port}"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("INFO {\"server_id\":\"x\"")]
    [InlineData("INFO {}\r\n")]
    public async Task The_next_server_is_used_when_one_accepts_and_says_nothing_of_use(string says)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        // Keep references, or the garbage collector would close the silent connections.
        var held = new ConcurrentBag<TcpClient>();
        _running.Add(AcceptAsync());
        await using var server = await NatsServer.StartNewAsync();
        var url = new Uri($"nats://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        await ConnectAsync(Options(url, server.Url) with { ConnectTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Contains(_log.From(LogLevel.Warning), line => line.Contains($"{url.Port}; retrying: no answer within 0.3 s"));
        foreach (var client in held)
            client.Dispose();

        async Task AcceptAsync()
        {
            while (true)
            {
                var client = await silent.AcceptTcpClientAsync(_stop.Token);
                held.Add(client);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(says), _stop.Token);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_no_longer_reads_is_given_up(bool tls)
    {
        using var certificates = new CertificateDirectory();
        await using var frozen = tls ? await NatsServer.StartNewWithTlsAsync(certificates.Path) : await NatsServer.StartNewAsync();
        await using var other = tls ? await NatsServer.StartNewWithTlsAsync(certificates.Path) : await NatsServer.StartNewAsync();
        var options = Options(frozen.Url, other.Url) with
        {
            PingInterval = TimeSpan.FromMilliseconds(200),
            MaxPendingBytes = 64 << 10,
            ConnectTimeout = TimeSpan.FromSeconds(1),
        };
        var bus = await ConnectAsync(tls ? certificates.Shown(options) : options);
        await frozen.FreezeAsync();
        // The buffers of the socket and the client fill up, and the publisher waits for space that never becomes free.
        var payload = new byte[32 << 10];
        await Wait.UntilAsync(async () =>
        {
            await bus.PublishAsync("x", null, payload, _stop.Token);
            return _log.From(LogLevel.Warning).Any(line => line.Contains($"Could not connect to NATS at 127.0.0.1:{frozen.Port}"));
        });
        await Wait.UntilAsync(async () => await bus.PublishAsync("x", null, payload, _stop.Token));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_dropped_and_the_connection_stays()
    {
        await using var server = await NatsServer.StartNewAsync();
        var bus = await ConnectAsync(server.Url);
        await ListenAsync(server.Url);
        Assert.False(await bus.PublishAsync("echo.large", null, new byte[(1 << 20) + 1], _stop.Token));
        Assert.False(await bus.PublishAsync("echo.large", null, new byte[(1 << 20) + 1], _stop.Token));
        Assert.True(await bus.PublishAsync("echo.small", null, "small"u8.ToArray(), _stop.Token));
        Assert.Equal("small", await NextAsync());
        Assert.Contains("1048577 bytes on echo.large: the server's limit is 1048576", Assert.Single(_log.From(LogLevel.Warning)));
    }

    [Fact]
    public async Task That_nobody_hears_a_message_is_no_answer_to_it()
    {
        await using var server = await NatsServer.StartNewAsync();
        var bus = await ConnectAsync(Options(server.Url), "inbox");
        var other = await ConnectAsync(server.Url);
        Assert.True(await bus.PublishAsync("nobody.hears", "inbox", ReadOnlyMemory<byte>.Empty, _stop.Token));
        await ListenAsync(server.Url, "probe");
        Assert.True(await bus.PublishAsync("probe", null, "passed the server after it"u8.ToArray(), _stop.Token));
        Assert.Equal("passed the server after it", await NextAsync());
        Assert.True(await other.PublishAsync("inbox", null, "an answer"u8.ToArray(), _stop.Token));
        Assert.Equal("an answer", await NextAsync());
    }

    [Fact]
    public async Task Servers_that_the_first_one_tells_of_are_used_when_it_is_gone()
    {
        await using var known = await NatsServer.StartNewInClusterAsync();
        await using var learnt = await NatsServer.StartNewInClusterAsync(known);
        await Wait.UntilAsync(async () => (await known.GreetingAsync()).Contains($":{learnt.Port}\""));
        var bus = await ConnectAsync(known.Url);
        await known.KillAsync();
        await Wait.UntilAsync(() => _log.Lines.Any(line => line.Contains($"Connected to NATS at 127.0.0.1:{learnt.Port}")));
        await Wait.UntilAsync(async () => await bus.PublishAsync("x", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
    }

    [Fact]
    public async Task What_is_pending_is_sent_before_it_stops()
    {
        await using var server = await NatsServer.StartNewAsync();
        await ListenAsync(server.Url);
        var bus = Bus(server.Url);
        using var stop = new CancellationTokenSource();
        var running = await RunAsync(bus, stop.Token);
        for (var i = 0; i < 1000; i++)
            Assert.True(await bus.PublishAsync("echo.n", null, Encoding.UTF8.GetBytes($"{i}"), _stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        for (var i = 0; i < 1000; i++)
            Assert.Equal($"{i}", await NextAsync());
    }

    [Fact]
    public async Task A_slow_handler_loses_nothing_and_keeps_the_order()
    {
        await using var server = await NatsServer.StartNewAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = Bus(server.Url);
        listener.Subscribe(
            "echo.>",
            async (message, cancel) =>
            {
                await gate.Task;
                await _received.Writer.WriteAsync(Encoding.UTF8.GetString(message.Payload.Span), cancel);
            }
        );
        await RunAsync(listener);
        var bus = await ConnectAsync(server.Url);
        for (var i = 0; i < 1000; i++)
            Assert.True(await bus.PublishAsync("echo.n", null, Encoding.UTF8.GetBytes($"{i}"), _stop.Token));
        gate.SetResult();
        for (var i = 0; i < 1000; i++)
            Assert.Equal(i, int.Parse(await NextAsync(), CultureInfo.InvariantCulture));
    }

    private static NatsOptions Options(params Uri[] servers) => new() { Servers = servers, ReconnectWait = Soon };

    private NatsBus Bus(params Uri[] servers) => new(Options(servers), TimeProvider.System, _log);

    private Task<NatsBus> ConnectAsync(params Uri[] servers) => ConnectAsync(Options(servers));

    private async Task<NatsBus> ConnectAsync(NatsOptions options, params string[] subjects)
    {
        var bus = new NatsBus(options, TimeProvider.System, _log);
        foreach (var subject in subjects)
            bus.Subscribe(subject, (message, cancel) => _received.Writer.WriteAsync(Encoding.UTF8.GetString(message.Payload.Span), cancel));
        await RunAsync(bus);
        return bus;
    }

    /// <summary>A second client that receives what the first one publishes.</summary>
    private Task<NatsBus> ListenAsync(Uri server, string subject = "echo.>") => ConnectAsync(Options(server), subject);

    /// <summary>Runs the bus, and returns once it is connected.</summary>
    private async Task<Task> RunAsync(NatsBus bus, CancellationToken? stop = null)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bus.Connected = _ =>
        {
            connected.TrySetResult();
            return ValueTask.CompletedTask;
        };
        var running = bus.RunAsync(stop ?? _stop.Token);
        _running.Add(running);
        await connected.Task.WaitAsync(Wait.Patience, TimeProvider.System);
        return running;
    }

    private async Task<string> RefusedAsync(NatsOptions options)
    {
        var address = NatsAddress.From(options.Servers[0], options.User, options.Password);
        var failure = await Assert.ThrowsAsync<NatsException>(() =>
            NatsLink.OpenAsync(address, options, TimeProvider.System, _log, _stop.Token)
        );
        return failure.Message;
    }

    private async Task<string> NextAsync()
    {
        using var limit = new CancellationTokenSource(Wait.Patience, TimeProvider.System);
        return await _received.Reader.ReadAsync(limit.Token);
    }

    private sealed class CertificateDirectory : IDisposable
    {
        public CertificateDirectory(bool withLoopback = true) => MariaDbTestCertificates.Create(withLoopback: withLoopback).WriteTo(Path);

        public string Path { get; } = Directory.CreateTempSubdirectory("nats-tls-").FullName;

        public NatsOptions Shown(NatsOptions options) =>
            options with
            {
                CaFile = System.IO.Path.Combine(Path, "ca.pem"),
                CertificateFile = System.IO.Path.Combine(Path, "client-cert.pem"),
                KeyFile = System.IO.Path.Combine(Path, "client-key.pem"),
            };

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
