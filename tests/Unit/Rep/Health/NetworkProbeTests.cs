using System.Net;
using System.Net.Sockets;
using System.Text;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Health;

namespace Scheduler.Tests.Unit.Rep.Health;

/// <summary>Probes over loopback, against minimal servers.</summary>
public sealed class NetworkProbeTests : IDisposable
{
    private readonly NetworkProbe _probe = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private uint Port => (uint)((IPEndPoint)_listener.LocalEndpoint).Port;

    [Fact]
    public async Task A_listening_port_passes()
    {
        _listener.Start();
        Assert.Null(
            await TryAsync(
                new Check
                {
                    TcpCheck = new TCPCheck { Port = Port, ConnectTimeoutMs = 30_000 },
                }
            )
        );
    }

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        _listener.Start();
        var port = Port;
        _listener.Stop();
        Assert.Equal(
            $"Failed to make TCP connection to port {port}: connection refused",
            await TryAsync(
                new Check
                {
                    TcpCheck = new TCPCheck { Port = port, ConnectTimeoutMs = 30_000 },
                }
            )
        );
        Assert.Equal(
            $"Failed to make HTTP request to '/' on port {port}: connection refused",
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = port, RequestTimeoutMs = 30_000 },
                }
            )
        );
    }

    [Theory]
    [InlineData("200 OK", null)]
    [InlineData("204 No Content", "Failed to make HTTP request to '/health?full' on port {0}: received status code 204")]
    [InlineData("503 Busy", "Failed to make HTTP request to '/health?full' on port {0}: received status code 503")]
    public async Task Http_passes_with_200_and_nothing_else(string status, string? failure)
    {
        var request = AnswerAsync($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");

        var result = await TryAsync(
            new Check
            {
                HttpCheck = new HTTPCheck
                {
                    Port = Port,
                    Path = "/health?full",
                    RequestTimeoutMs = 30_000,
                },
            }
        );

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
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 200 },
                }
            )
        );
    }

    [Fact]
    public async Task A_server_that_answers_nonsense_fails()
    {
        _ = AnswerAsync("nonsense\r\n\r\n");
        Assert.StartsWith(
            "Failed to make HTTP request",
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 },
                }
            )
        );
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/elsewhere")]
    [InlineData("/elsewhere")]
    [InlineData("elsewhere")]
    public async Task Follows_a_redirect_to_the_same_host_and_port(string location)
    {
        _listener.Start();
        var there = string.Format(System.Globalization.CultureInfo.InvariantCulture, location, Port);
        var requests = AnswerEachAsync(
            $"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        Assert.Null(
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 },
                }
            )
        );
        Assert.StartsWith("GET /elsewhere HTTP/1.1", (await requests)[1]);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/secret")]
    [InlineData("http://localhost:{0}/secret")]
    [InlineData("http://127.0.0.2:{1}/secret")]
    [InlineData("//127.0.0.1:{0}/secret")]
    [InlineData("https://127.0.0.1:{1}/secret")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("file:///etc/passwd")]
    public async Task Follows_no_redirect_to_anywhere_else(string location)
    {
        using var victim = new TcpListener(IPAddress.Any, 0);
        victim.Start();
        _listener.Start();
        var there = string.Format(
            System.Globalization.CultureInfo.InvariantCulture,
            location,
            ((IPEndPoint)victim.LocalEndpoint).Port,
            Port
        );
        var request = AnswerAsync($"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(
            $"Failed to make HTTP request to '/' on port {Port}: redirected to another host or port",
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 },
                }
            )
        );
        await request;
        Assert.False(victim.Pending());
    }

    [Fact]
    public async Task Gives_up_on_redirects_without_end()
    {
        _listener.Start();
        var again = $"HTTP/1.1 307 Again\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        var requests = AnswerEachAsync([.. Enumerable.Repeat(again, 11)]);
        Assert.Equal(
            $"Failed to make HTTP request to '/' on port {Port}: redirected more than 10 times",
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 },
                }
            )
        );
        Assert.Equal(11, (await requests).Count);
    }

    [Fact]
    public async Task Takes_a_path_that_begins_with_another_host_for_no_path()
    {
        _listener.Start();
        Assert.EndsWith(
            "not a path",
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck
                    {
                        Port = Port,
                        Path = "@example.org/",
                        RequestTimeoutMs = 30_000,
                    },
                }
            )
        );
    }

    [Fact]
    public async Task Reads_no_more_headers_than_an_answer_needs()
    {
        _ = AnswerAsync($"HTTP/1.1 200 OK\r\nX-Long: {new string('x', 64 << 10)}\r\nContent-Length: 0\r\n\r\n");
        Assert.StartsWith(
            "Failed to make HTTP request",
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 },
                }
            )
        );
    }

    [Fact]
    public async Task A_body_without_end_is_not_waited_for()
    {
        _ = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nx");
        Assert.Null(
            await TryAsync(
                new Check
                {
                    HttpCheck = new HTTPCheck { Port = Port, RequestTimeoutMs = 30_000 },
                }
            )
        );
    }

    [Fact]
    public async Task A_port_that_cannot_be_is_told() =>
        Assert.Contains("port 70000", await TryAsync(new Check { TcpCheck = new TCPCheck { Port = 70_000 } }));

    public void Dispose() => _listener.Dispose();

    private Task<string?> TryAsync(Check check) => _probe.TryAsync(new CheckTarget(IPAddress.Loopback, null), check, default);

    private async Task<string> AnswerAsync(string answer) => (await AnswerEachAsync(answer))[0];

    private async Task<List<string>> AnswerEachAsync(params string[] answers)
    {
        _listener.Start();
        var heads = new List<string>();
        foreach (var answer in answers)
        {
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

            heads.Add(head);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        }

        return heads;
    }
}
