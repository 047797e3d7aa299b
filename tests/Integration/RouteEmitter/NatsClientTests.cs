using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.RouteEmitter.Nats;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.RouteEmitter;

/// <summary>Our NATS client with a real server.</summary>
public sealed class NatsClientTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Fact]
    public async Task Sends_and_receives_payloads_of_any_bytes()
    {
        await using var server = await NatsServer.StartNewAsync();
        var client = Run(new NatsOptions { Servers = [server.Url] });
        Assert.Equal("connected", await NextAsync());
        var text = string.Concat(Enumerable.Repeat("päivä\r\nMSG x 1 2\r\n\0", 5000));
        Assert.True(await client.PublishAsync("echo.text", "reply.here", Encoding.UTF8.GetBytes(text), _stop.Token));
        Assert.True(await client.PublishAsync("echo.text", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
        // A server does not send a client's messages back to it, so a second client listens.
        Assert.Equal(text, await NextAsync());
        Assert.Equal("", await NextAsync());
    }

    [Fact]
    public async Task Says_at_once_when_there_is_no_connection()
    {
        await using var server = await NatsServer.StartNewAsync();
        var client = new NatsClient(new NatsOptions { Servers = [server.Url] }, TimeProvider.System, NullLogger<NatsClient>.Instance);
        Assert.False(await client.PublishAsync("x", null, ReadOnlyMemory<byte>.Empty, _stop.Token));
    }

    [Fact]
    public async Task User_and_password_are_shown()
    {
        await using var server = await NatsServer.StartNewAsync("emitter", "se:cret/ä");
        Run(new NatsOptions { Servers = [new Uri($"nats://127.0.0.1:{server.Port}")], User = "emitter", Password = "se:cret/ä" });
        Assert.Equal("connected", await NextAsync());
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_servers_words()
    {
        await using var server = await NatsServer.StartNewAsync("emitter", "secret");
        var failure = await Assert.ThrowsAsync<NatsException>(() => NatsConnection.OpenAsync(
            new Uri($"nats://emitter:wrong@127.0.0.1:{server.Port}"), new NatsOptions(), TimeProvider.System, _stop.Token));
        Assert.Contains("Authorization Violation", failure.Message);
    }

    [Fact]
    public async Task Tls_with_client_certificates()
    {
        var directory = Directory.CreateTempSubdirectory("nats-tls-").FullName;
        try
        {
            MariaDbTestCertificates.Create().WriteTo(directory);
            await using var server = await NatsServer.StartNewWithTlsAsync(directory);
            var options = new NatsOptions
            {
                Servers = [server.Url],
                CaFile = Path.Combine(directory, "ca.pem"),
                CertificateFile = Path.Combine(directory, "client-cert.pem"),
                KeyFile = Path.Combine(directory, "client-key.pem"),
            };
            var client = Run(options);
            Assert.Equal("connected", await NextAsync());
            Assert.True(await client.PublishAsync("echo.text", null, "over TLS"u8.ToArray(), _stop.Token));
            Assert.Equal("over TLS", await NextAsync());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_server_of_an_unknown_authority_is_not_trusted()
    {
        var directory = Directory.CreateTempSubdirectory("nats-tls-").FullName;
        try
        {
            MariaDbTestCertificates.Create().WriteTo(directory);
            await using var server = await NatsServer.StartNewWithTlsAsync(directory);
            await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => NatsConnection.OpenAsync(
                new Uri($"tls://127.0.0.1:{server.Port}"), new NatsOptions(), TimeProvider.System, _stop.Token));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Starts a client, and a second one that hears what the first says.</summary>
    private NatsClient Run(NatsOptions options)
    {
        var listener = new NatsClient(options, TimeProvider.System, NullLogger<NatsClient>.Instance);
        var client = new NatsClient(options, TimeProvider.System, NullLogger<NatsClient>.Instance);
        listener.Subscribe("echo.>", (payload, cancel) => _received.Writer.WriteAsync(Encoding.UTF8.GetString(payload.Span), cancel));
        client.Connected = cancel => _received.Writer.WriteAsync("connected", cancel);
        _running = RunAsync();
        return client;

        async Task RunAsync()
        {
            var isListening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            listener.Connected = _ =>
            {
                isListening.TrySetResult();
                return ValueTask.CompletedTask;
            };
            var listening = listener.RunAsync(_stop.Token);
            await isListening.Task;
            await Task.WhenAll(listening, client.RunAsync(_stop.Token));
        }
    }

    private async Task<string> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        return await _received.Reader.ReadAsync(limit.Token);
    }
}
