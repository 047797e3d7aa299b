using System.Net;
using System.Net.Sockets;
using System.Text;
using Scheduler.Router;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Router;

/// <summary>What clients send who want more than an answer.</summary>
public sealed class HostileClientTests
{
    private const string Web = "web.localhost";

    [Theory]
    // Two lengths: whoever believes the other one sees a second request.
    [InlineData("POST /length HTTP/1.1\r\nHost: web.localhost\r\nContent-Length: 4\r\nContent-Length: 50\r\n\r\n")]
    [InlineData("POST /length HTTP/1.1\r\nHost: web.localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /length HTTP/1.1\r\nHost: web.localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /length HTTP/1.1\r\nHost: web.localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    // Two hosts.
    [InlineData("GET / HTTP/1.1\r\nHost: web.localhost\r\nHost: other.localhost\r\n\r\n")]
    [InlineData("GET http://other.localhost/ HTTP/1.1\r\nHost: web.localhost\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: web.localhost@other.localhost\r\n\r\n")]
    // Line breaks in places where only one side reads them.
    [InlineData("GET / HTTP/1.1\r\nHost: web.localhost\r\nX: a\rX-CF-ApplicationID: evil\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: web.localhost\r\n X: folded\r\n\r\n")]
    // No proxy for other addresses.
    [InlineData("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: web.localhost\r\n\r\n")]
    public async Task Ambiguous_requests_are_refused_and_no_instance_sees_them(string request)
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web, "other.localhost", "127.0.0.1");
        Assert.StartsWith("HTTP/1.1 400", await RawAsync(router.Url.Port, request), StringComparison.Ordinal);
        Assert.Empty(one.Requests);
    }

    [Fact]
    public async Task A_request_hidden_in_a_body_stays_a_body()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        var hidden = "GET /hidden HTTP/1.1\r\nHost: web.localhost\r\n\r\n";
        var request =
            $"POST /length HTTP/1.1\r\nHost: web.localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
            + $"{hidden.Length:x}\r\n{hidden}\r\n0\r\n\r\n"
            + "GET /next HTTP/1.1\r\nHost: web.localhost\r\nConnection: close\r\n\r\n";
        await RawAsync(router.Url.Port, request);
        // Kestrel may close the connection after such a request, before the next one.
        Assert.Contains(
            one.Requests.Select(seen => seen.Target).ToArray(),
            (string[][])
                [
                    ["/length"],
                    ["/length", "/next"],
                ]
        );
        Assert.All(one.Requests, seen => Assert.False(seen.Headers.ContainsKey("Content-Length")));
    }

    [Fact]
    public async Task A_length_that_the_router_accepts_is_passed_on_in_its_plain_form()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        var request = "POST /length HTTP/1.1\r\nHost: web.localhost\r\nConnection: close\r\nContent-Length: +04\r\n\r\nabcd";
        await RawAsync(router.Url.Port, request);
        Assert.All(one.Requests, seen => Assert.Equal("4", seen.Headers["Content-Length"]));
    }

    [Theory]
    [InlineData("/public/../private", "/private")]
    [InlineData("/public/%2e%2e/private", "/private")]
    [InlineData("/public/./x", "/public/x")]
    public async Task The_path_that_chose_the_route_is_the_path_that_is_sent(string path, string seen)
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var open = await TestBackend.StartAsync("open-1");
        await using var closed = await TestBackend.StartAsync("closed-2");
        await router.RegisterAsync(open, Web + "/public");
        await router.RegisterAsync(closed, Web + "/private");
        await RawAsync(router.Url.Port, $"GET {path} HTTP/1.1\r\nHost: web.localhost\r\nConnection: close\r\n\r\n");
        var backend = seen.StartsWith("/private", StringComparison.Ordinal) ? closed : open;
        Assert.Equal(seen, backend.Requests.Single().Target);
        Assert.Single(open.Requests.Concat(closed.Requests));
    }

    [Fact]
    public async Task Headers_and_bodies_have_limits()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                Limits = new FrontLimits
                {
                    MaxHeaderBytes = 4096,
                    MaxHeaders = 20,
                    MaxBodyBytes = 1000,
                },
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        var large = $"GET / HTTP/1.1\r\nHost: web.localhost\r\nX: {new string('x', 5000)}\r\n\r\n";
        Assert.StartsWith("HTTP/1.1 431", await RawAsync(router.Url.Port, large), StringComparison.Ordinal);
        var many = $"GET / HTTP/1.1\r\nHost: web.localhost\r\n{string.Concat(Enumerable.Range(0, 30).Select(i => $"X{i}: y\r\n"))}\r\n";
        Assert.StartsWith("HTTP/1.1 431", await RawAsync(router.Url.Port, many), StringComparison.Ordinal);
        using var body = await router.SendAsync(Web, "/length", HttpMethod.Post, new ByteArrayContent(new byte[1001]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, body.StatusCode);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/length") { Content = new ByteArrayContent(new byte[100_000]) };
        (chunked.Headers.Host, chunked.Headers.TransferEncodingChunked) = (Web, true);
        using var refused = await router.Client.SendAsync(chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Fact]
    public async Task Requests_beyond_the_limits_are_refused_at_once()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                Limits = new FrontLimits { MaxRequests = 2 },
                MaxRequestsPerInstance = 1,
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        var slow = router.SendAsync(Web, "/slow");
        await Wait.UntilAsync(() => !one.Requests.IsEmpty);
        using (var busy = await router.SendAsync(Web))
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "Connection limit reached"), (busy.StatusCode, RouterUnderTest.Error(busy)));
        await using var two = await TestBackend.StartAsync("two-2");
        await router.RegisterAsync(two, Web);
        var slower = router.SendAsync(Web, "/slow");
        await Wait.UntilAsync(() => !two.Requests.IsEmpty);
        using (var full = await router.SendAsync(Web))
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "overloaded"), (full.StatusCode, RouterUnderTest.Error(full)));
        one.Gate.SetResult();
        two.Gate.SetResult();
        (await slow).Dispose();
        (await slower).Dispose();
        Assert.Contains(await router.GetAsync(Web), (string[])["one-1", "two-2"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HT")]
    [InlineData("GET / HTTP/1.1\r\nHost: web.loc")]
    [InlineData("POST /length HTTP/1.1\r\nHost: web.localhost\r\nContent-Length: 100000\r\n\r\nabc")]
    public async Task Whoever_sends_too_slowly_is_cut_off(string begin)
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                Limits = new FrontLimits { HeaderTimeout = TimeSpan.FromMilliseconds(200) },
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, router.Url.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(begin));
        await client.GetStream().ReadUntilClosedAsync();
        await Wait.UntilAsync(() => router.RequestsUnderWay == 0);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_at_once()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                Limits = new FrontLimits { MaxConnections = 1 },
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        Assert.Equal("one-1", await router.GetAsync(Web));
        using var second = new TcpClient();
        await second.ConnectAsync(IPAddress.Loopback, router.Url.Port);
        Assert.Equal("", await second.GetStream().ReadUntilClosedAsync());
        Assert.Equal("one-1", await router.GetAsync(Web));
    }

    /// <summary>Sends bytes, and returns the answer when the router has closed the connection.</summary>
    private static async Task<string> RawAsync(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        return await stream.ReadUntilClosedAsync();
    }
}

internal static class StreamReading
{
    /// <summary>All that comes until the other side closes or resets the connection.</summary>
    public static async Task<string> ReadUntilClosedAsync(this Stream stream)
    {
        using var limit = new CancellationTokenSource(Wait.Patience, TimeProvider.System);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, limit.Token)) > 0)
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }

        return text.ToString();
    }
}
