using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Scheduler.Router.Table;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Router;

/// <summary>The router between real clients and real instances.</summary>
public sealed class RouterTests
{
    private const string Web = "web.localhost";

    [Fact]
    public async Task Requests_reach_the_instances_of_their_host_and_path()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await using var two = await TestBackend.StartAsync("two-2");
        await using var api = await TestBackend.StartAsync("api-3");
        await router.RegisterAsync(one, Web);
        await router.RegisterAsync(two, Web);
        await router.RegisterAsync(api, Web + "/api", "*.example.com");
        var answers = new[] { await router.GetAsync(Web), await router.GetAsync(Web), await router.GetAsync(Web + ":8080") };
        Assert.Equal(["one-1", "two-2"], answers.Distinct().Order());
        Assert.Equal("api-3", await router.GetAsync(Web, "/api/x?y=%20z"));
        Assert.Equal("/api/x?y=%20z", api.Requests.Single().Target);
        Assert.Equal("api-3", await router.GetAsync("any.example.com"));
    }

    [Fact]
    public async Task An_unknown_route_is_answered_with_404_and_one_without_instances_with_503()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        using (var unknown = await router.SendAsync(Web, "/path"))
        {
            Assert.Equal((HttpStatusCode.NotFound, "unknown_route"), (unknown.StatusCode, RouterUnderTest.Error(unknown)));
            Assert.Contains("'web.localhost/path'", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await router.RegisterAsync(one, Web);
        await router.UnregisterAsync(one, Web);
        using var empty = await router.SendAsync(Web);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no_endpoints"), (empty.StatusCode, RouterUnderTest.Error(empty)));
    }

    [Fact]
    public async Task Instances_are_told_who_asks_and_clients_cannot_lie_about_it()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        using var answer = await router.SendAsync(
            Web,
            headers:
            [
                ("X-Forwarded-For", "6.6.6.6"),
                ("X_Forwarded_For", "6.6.6.6"),
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-Host", "evil"),
                ("X-Forwarded-Prefix", "/evil"),
                ("Forwarded", "for=6.6.6.6"),
                ("X-Real-IP", "6.6.6.6"),
                ("X-CF-ApplicationID", "evil"),
                ("X-CF-InstanceID", "evil"),
                ("X-Vcap-Request-Id", "evil"),
                ("Connection", "X-CF-ApplicationID, X-Forwarded-For"),
                ("X-Own", "kept"),
            ]
        );
        var headers = one.Requests.Single().Headers;
        Assert.Equal(
            ("127.0.0.1", "http", Web, "app-1", "one-1", "1", "kept"),
            (
                headers["X-Forwarded-For"],
                headers["X-Forwarded-Proto"],
                headers["X-Forwarded-Host"],
                headers["X-CF-ApplicationID"],
                headers["X-CF-InstanceID"],
                headers["X-CF-InstanceIndex"],
                headers["X-Own"]
            )
        );
        Assert.Equal(Web, headers["Host"]);
        Assert.Equal(headers["X-Vcap-Request-Id"], answer.Headers.GetValues("X-Vcap-Request-Id").Single());
        Assert.True(Guid.TryParse(headers["X-Vcap-Request-Id"], out _));
        Assert.Empty(headers.Keys.Intersect(["X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "X_Forwarded_For"]));
    }

    [Fact]
    public async Task A_trusted_proxy_is_believed()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                TrustedProxies = ["10.0.0.0/8", "127.0.0.0/8"],
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        using var answer = await router.SendAsync(Web, headers: [("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "https")]);
        var headers = one.Requests.Single().Headers;
        Assert.Equal(
            ("1.2.3.4, 127.0.0.1", "https", Web),
            (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"], headers["X-Forwarded-Host"])
        );
    }

    [Fact]
    public async Task Only_the_router_speaks_for_the_router()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        using var answer = await router.SendAsync(Web, "/lie");
        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, RouterUnderTest.Error(answer)));
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    public async Task Both_sides_may_speak_HTTP_1_or_2(string client, bool http2)
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1", http2);
        var message = RouterUnderTest.Message("one-1", one.Port, Web);
        message["protocol"] = http2 ? "http2" : "http1";
        await router.RegisterAsync(message);
        using var answer = await router.SendAsync(
            Web,
            "/length",
            HttpMethod.Post,
            new ByteArrayContent(new byte[3_000_000]),
            Version.Parse(client)
        );
        Assert.Equal(("3000000", Version.Parse(client)), (await answer.Content.ReadAsStringAsync(), answer.Version));
        var request = one.Requests.Single();
        Assert.Equal((http2 ? "HTTP/2" : "HTTP/1.1", "http"), (request.Protocol, request.Headers["X-Forwarded-Proto"]));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task WebSockets_pass_through(string version)
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, "127.0.0.1");
        using var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (Version.Parse(version), HttpVersionPolicy.RequestVersionExact);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        using var limit = new CancellationTokenSource(Wait.Patience, TimeProvider.System);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{router.Url.Port}/echo"), invoker, limit.Token);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, limit.Token);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, limit.Token);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
        Assert.Equal(1, router.RequestsUnderWay);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", limit.Token);
        await Wait.UntilAsync(() => router.RequestsUnderWay == 0);
    }

    [Fact]
    public async Task A_refused_connection_is_no_failed_request()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        using var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await router.RegisterAsync(RouterUnderTest.Message("gone-2", ((IPEndPoint)closed.LocalEndPoint!).Port, Web));
        await router.RegisterAsync(one, Web);
        for (var i = 0; i < 10; i++)
        {
            using var content = new ByteArrayContent(new byte[100_000]);
            using var answer = await router.SendAsync(Web, "/length", HttpMethod.Post, content);
            Assert.Equal("100000", await answer.Content.ReadAsStringAsync());
        }

        await router.UnregisterAsync(one, Web);
        using var failed = await router.SendAsync(Web);
        Assert.Equal((HttpStatusCode.BadGateway, "endpoint_failure"), (failed.StatusCode, RouterUnderTest.Error(failed)));
    }

    [Theory]
    [InlineData("/abort")]
    [InlineData("/cut")]
    public async Task A_lost_answer_is_asked_for_again_only_if_the_request_is_safe_to_repeat(string how)
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await using var two = await TestBackend.StartAsync("two-2");
        await router.RegisterAsync(one, Web);
        await router.RegisterAsync(two, Web);
        using var post = await router.SendAsync(Web, how, HttpMethod.Post, new StringContent("x"));
        Assert.Equal(HttpStatusCode.BadGateway, post.StatusCode);
        Assert.Equal(1, one.Requests.Count + two.Requests.Count);
        using var get = await router.SendAsync(Web, how);
        Assert.Equal(HttpStatusCode.BadGateway, get.StatusCode);
        Assert.Equal(3, one.Requests.Count + two.Requests.Count);
    }

    [Fact]
    public async Task A_session_stays_with_its_instance_until_that_is_gone()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await using var two = await TestBackend.StartAsync("two-2");
        await router.RegisterAsync(one, Web);
        await router.RegisterAsync(two, Web);
        using var login = await router.SendAsync(Web, "/login");
        var first = await login.Content.ReadAsStringAsync();
        var cookie = login.Headers.GetValues("Set-Cookie").Single(set => set.StartsWith("__VCAP_ID__=", StringComparison.Ordinal));
        Assert.Equal($"__VCAP_ID__={first}; path=/; httponly", cookie);
        for (var i = 0; i < 4; i++)
        {
            using var again = await router.SendAsync(Web, headers: ("Cookie", $"JSESSIONID=s1; __VCAP_ID__={first}"));
            Assert.Equal(first, await again.Content.ReadAsStringAsync());
            Assert.False(again.Headers.Contains("Set-Cookie"));
        }

        await router.UnregisterAsync(first == "one-1" ? one : two, Web);
        using var moved = await router.SendAsync(Web, headers: ("Cookie", $"JSESSIONID=s1; __VCAP_ID__={first}"));
        var second = await moved.Content.ReadAsStringAsync();
        Assert.NotEqual(first, second);
        Assert.StartsWith($"__VCAP_ID__={second};", moved.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_instance_can_be_asked_for()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        await using var two = await TestBackend.StartAsync("two-2");
        await router.RegisterAsync(one, Web);
        await router.RegisterAsync(two, Web);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await router.SendAsync(Web, headers: ("X-CF-App-Instance", "app-1:2"));
            Assert.Equal("two-2", await answer.Content.ReadAsStringAsync());
        }

        using var unknown = await router.SendAsync(Web, headers: ("X-CF-App-Instance", "app-1:7"));
        Assert.Equal((HttpStatusCode.NotFound, "unknown_route"), (unknown.StatusCode, RouterUnderTest.Error(unknown)));
        using var malformed = await router.SendAsync(Web, headers: ("X-CF-App-Instance", "app-1"));
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
    }

    [Fact]
    public async Task With_least_connection_the_busy_instance_is_spared()
    {
        await using var router = await RouterUnderTest.StartAsync(RouterUnderTest.Options with { Balancing = Balancing.LeastConnection });
        await using var one = await TestBackend.StartAsync("one-1");
        await using var two = await TestBackend.StartAsync("two-2");
        await router.RegisterAsync(one, Web);
        await router.RegisterAsync(two, Web);
        var slow = router.SendAsync(Web, "/slow");
        await Wait.UntilAsync(() => one.Requests.Count + two.Requests.Count == 1);
        var idle = one.Requests.IsEmpty ? "one-1" : "two-2";
        for (var i = 0; i < 5; i++)
            Assert.Equal(idle, await router.GetAsync(Web));
        one.Gate.SetResult();
        two.Gate.SetResult();
        using var answer = await slow;
    }

    [Fact]
    public async Task A_silent_instance_is_given_up()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                RequestTimeout = TimeSpan.FromMilliseconds(100),
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        using var answer = await router.SendAsync(Web, "/never");
        Assert.Equal((HttpStatusCode.GatewayTimeout, "endpoint_failure"), (answer.StatusCode, RouterUnderTest.Error(answer)));
    }

    [Fact]
    public async Task A_route_that_needs_a_route_service_is_refused()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        var message = RouterUnderTest.Message("one-1", one.Port, Web);
        message["route_service_url"] = "https://checks-logins";
        await router.RegisterAsync(message);
        using var answer = await router.SendAsync(Web);
        Assert.Equal((HttpStatusCode.BadGateway, "route_service_unsupported"), (answer.StatusCode, RouterUnderTest.Error(answer)));
        Assert.Empty(one.Requests);
    }

    [Fact]
    public async Task Stale_endpoints_are_dropped()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                PruneInterval = TimeSpan.FromMilliseconds(20),
                StaleThreshold = TimeSpan.FromSeconds(1.5),
                RegisterInterval = TimeSpan.FromSeconds(1),
                EmptyRouteKept = TimeSpan.Zero,
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        await Wait.UntilAsync(() => router.Table.Routes == 0);
        using var answer = await router.SendAsync(Web);
        Assert.Equal("unknown_route", RouterUnderTest.Error(answer));
    }

    [Fact]
    public async Task At_the_end_requests_under_way_are_answered_and_the_rest_are_not_accepted()
    {
        await using var router = await RouterUnderTest.StartAsync(
            RouterUnderTest.Options with
            {
                DrainWait = TimeSpan.FromMilliseconds(300),
                DrainTimeout = TimeSpan.FromMinutes(1),
            }
        );
        await using var one = await TestBackend.StartAsync("one-1");
        await router.RegisterAsync(one, Web);
        var slow = router.SendAsync(Web, "/slow");
        await Wait.UntilAsync(() => !one.Requests.IsEmpty);
        using var ops = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await ops.GetAsync(router.OpsUrl + "/readyz")).StatusCode);
        var stopping = router.StopAsync();
        Assert.False(router.IsReady);
        using (var late = await router.SendAsync(Web))
            Assert.Equal((HttpStatusCode.OK, true), (late.StatusCode, late.Headers.ConnectionClose));
        await Wait.UntilAsync(async () => !await IsListeningAsync(router.Url.Port));
        Assert.False(stopping.IsCompleted);
        one.Gate.SetResult();
        using var answer = await slow;
        Assert.Equal("one-1", await answer.Content.ReadAsStringAsync());
        await stopping;
    }

    [Fact]
    public async Task Ten_thousand_routes_that_change_all_the_time_keep_answering()
    {
        await using var router = await RouterUnderTest.StartAsync();
        await using var one = await TestBackend.StartAsync("one-1");
        for (var i = 0; i < 10_000; i++)
            await router.SendAsync("router.register", RouterUnderTest.Message($"i-{i % 10}", 10_000 + i, $"app-{i}.localhost"));
        await router.RegisterAsync(one, Web, "last.localhost");
        Assert.Equal(10_002, router.Table.Routes);
        using var stop = new CancellationTokenSource();
        var changes = 0;
        var changing = Task.Run(async () =>
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            for (; !stop.IsCancellationRequested; changes++)
            {
                var message = RouterUnderTest.Message($"i-{changes % 10}", 10_000 + changes, $"app-{changes % 10_000}.localhost");
                await router.SendAsync(changes % 3 == 0 ? "router.register" : "router.unregister", message);
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        });
        while (Volatile.Read(ref changes) < 200)
            Assert.Equal("one-1", await router.GetAsync(Web));
        await stop.CancelAsync();
        await changing;
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
