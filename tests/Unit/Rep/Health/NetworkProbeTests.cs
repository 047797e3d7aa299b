using System.Net;
using System.Net.Sockets;
using System.Text;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Health;

namespace Scheduler.Tests.Unit.Rep.Health;

/// <summary>Over loopback, against servers of a few lines.</summary>
public sealed class NetworkProbeTests : IDisposable
{
    private readonly NetworkProbe _probe = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private uint Port => (uint)((IPEndPoint)_listener.LocalEndpoint).Port;

    [Fact]
    public async Task A_listening_port_passes()
    {
        _listener.Start();
        Assert.Null(await TryAsync(new Check { TcpCheck = new TCPCheck { Port = Port, ConnectTimeoutMs = 30_000 } }));
    }

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        _listener.Start();
        var port = Port;
        _listener.Stop();
        Assert.Equal($"Failed to make TCP connection to port {port}: connection refused", await TryAsync(new Check { TcpCheck = new TCPCheck { Port = port, ConnectTimeoutMs = 30_000 } }));
        Assert.Equal($"Failed to make HTTP request to '/' on port {port}: connection refused", await TryAsync(new Check { HttpCheck = new HTTPCheck { Port = port, RequestTimeoutMs = 30_000 } }));
    }

    [Theory]
    [InlineData("200 OK", null)]
    [InlineData("204 No Content", "Failed to make HTTP request to '/health?full' on port {0}: received status code 204")]
    [InlineData("503 Busy", "Failed to make HTTP request to '/health?full' on port {0}: received status code 503")]
    public async Task Http_passes_with_200_and_nothing_else(string status, string? failure)
    {
        var request = AnswerAsync($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");

        var result = await TryAsync(new Check { HttpCheck = new HTTPCheck { Port = Port, Path = "/health?full", RequestTimeoutMs = 30_000 } });

        Assert.Equal(failure is null ? null : string.Format(System.Globalization.CultureInfo.InvariantCulture, failure, Port), result);
        var head = await request;
        Assert.StartsWith("GET /health?full HTTP/1.1", head);
        Assert.Contains("User-Agent: diego-healthcheck", head);
        Assert.Contains("X-Forwarded-Proto: https", head);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        _listener.Start();
        Assert.Equal(
            $"Failed to make HTTP request to '/' on port {Port}: timed out after 200ms",
            await TryAsync(new Check { HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 200 } }));
    }

    [Fact]
    public async Task A_server_that_answers_nonsense_fails()
    {
        _ = AnswerAsync("nonsense\r\n\r\n");
        Assert.StartsWith("Failed to make HTTP request", await TryAsync(new Check { HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 } }));
    }

    [Fact]
    public async Task A_port_that_cannot_be_is_told() =>
        Assert.Contains("port 70000", await TryAsync(new Check { TcpCheck = new TCPCheck { Port = 70_000 } }));

    public void Dispose()
    {
        _probe.Dispose();
        _listener.Dispose();
    }

    private Task<string?> TryAsync(Check check) => _probe.TryAsync(IPAddress.Loopback, check, default);

    private async Task<string> AnswerAsync(string answer)
    {
        _listener.Start();
        using var client = await _listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var buffer = new byte[4096];
        var read = 0;
        var head = "";
        while (!head.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            read += await stream.ReadAsync(buffer.AsMemory(read));
            head = Encoding.ASCII.GetString(buffer, 0, read);
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        return head;
    }
}
