using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.TestKit;

/// <summary>The NATS side of a router: receives registrations and answers greetings. Shares no code with the emitter's client.</summary>
public sealed class ForeignRouter : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;
    private readonly int? _answersWithInterval;
    private readonly Channel<(string Subject, string Payload)> _heard = Channel.CreateUnbounded<(string, string)>();
    private readonly Task _reading;

    private ForeignRouter(TcpClient client, int? answersWithInterval)
    {
        (_client, _answersWithInterval) = (client, answersWithInterval);
        // Latin-1, so that lengths in bytes equal lengths in characters.
        _reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        _writer = new StreamWriter(client.GetStream(), Encoding.Latin1) { AutoFlush = true, NewLine = "\r\n" };
        _reading = ReadAsync();
    }

    /// <param name="server">The server to connect to.</param>
    /// <param name="answersWithInterval">Interval in seconds to answer greetings with; null to leave greetings unanswered.</param>
    public static async Task<ForeignRouter> ConnectAsync(NatsServer server, int? answersWithInterval = null)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port);
        var router = new ForeignRouter(client, answersWithInterval);
        await router._writer.WriteLineAsync("CONNECT {\"verbose\":false,\"pedantic\":false}");
        await router._writer.WriteLineAsync("SUB > 1");
        await router._writer.WriteLineAsync("PING");
        await router.ExpectAsync("PONG");
        return router;
    }

    public async Task StartAsync(int interval)
    {
        var payload = Greeting(interval);
        await _writer.WriteAsync($"PUB router.start {payload.Length}\r\n{payload}\r\n");
    }

    /// <summary>The next message, whatever its subject; null when the connection has ended.</summary>
    public async Task<(string Subject, string Payload)?> NextAsync(CancellationToken cancellationToken) =>
        await _heard.Reader.WaitToReadAsync(cancellationToken) && _heard.Reader.TryRead(out var message) ? message : null;

    /// <summary>The next message on a subject; messages on other subjects are skipped.</summary>
    public async Task<string> ExpectAsync(string subject)
    {
        using var limit = new CancellationTokenSource(Wait.Patience, TimeProvider.System);
        while (true)
        {
            var (heard, payload) = await _heard.Reader.ReadAsync(limit.Token);
            if (heard == subject)
                return payload;
        }
    }

    /// <summary>The next message on a subject, as JSON.</summary>
    public async Task<JsonElement> ExpectJsonAsync(string subject) => JsonDocument.Parse(await ExpectAsync(subject)).RootElement;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _reading;
    }

    private static string Greeting(int interval) =>
        $$"""{"id":"router-1","hosts":["10.0.0.9"],"minimumRegisterIntervalInSeconds":{{interval}},"pruneThresholdInSeconds":120}""";

    private async Task ReadAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync() is { } line)
            {
                var words = line.Split(' ');
                switch (words[0])
                {
                    case "PING":
                        await _writer.WriteLineAsync("PONG");
                        break;
                    case "PONG":
                        _heard.Writer.TryWrite(("PONG", ""));
                        break;
                    case "MSG":
                        await ReadMessageAsync(words);
                        break;
                    default:
                        break;
                }
            }

            _heard.Writer.Complete();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            _heard.Writer.Complete();
        }
    }

    private async Task ReadMessageAsync(string[] words)
    {
        var body = new char[int.Parse(words[^1], CultureInfo.InvariantCulture) + 2];
        await _reader.ReadBlockAsync(body);
        _heard.Writer.TryWrite((words[1], new string(body, 0, body.Length - 2)));
        if (words[1] == "router.greet" && _answersWithInterval is { } interval)
        {
            var payload = Greeting(interval);
            await _writer.WriteAsync($"PUB {words[3]} {payload.Length}\r\n{payload}\r\n");
        }
    }
}
