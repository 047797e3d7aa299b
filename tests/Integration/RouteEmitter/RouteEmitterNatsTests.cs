using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Scheduler.Hosting.Events;
using Scheduler.Messaging;
using Scheduler.RouteEmitter;
using Scheduler.Tests.TestKit;
using static Scheduler.Tests.TestKit.RouteEvents;

namespace Scheduler.Tests.Integration.RouteEmitter;

/// <summary>The emitter with a real NATS server, observed by a router that shares no code with it.</summary>
public sealed class RouteEmitterNatsTests : IAsyncLifetime
{
    private readonly FakeBbsEvents _bbs = new();
    private NatsServer _nats = null!;

    public async ValueTask InitializeAsync() => _nats = await NatsServer.StartNewAsync();

    public async ValueTask DisposeAsync() => await _nats.DisposeAsync();

    [Fact]
    public async Task Routers_hear_of_routes_as_they_come_and_go()
    {
        await using var router = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60);
        await using var emitter = await Emitter.StartAsync(_bbs, Options(interval: 60));
        await router.ExpectAsync("router.greet");
        await router.ExpectAsync("service-discovery.greet");

        _bbs.Send(Created(1, Web(1, 2, "a.example.com")), Created(1, Running(0)), Fresh(1), Complete(1));
        var first = await router.ExpectJsonAsync("router.register");
        Assert.Equal("a.example.com", first.GetProperty("uris")[0].GetString());
        Assert.Equal(("10.0.0.1", 61000), (first.GetProperty("host").GetString(), first.GetProperty("port").GetInt32()));
        Assert.Equal("web.internal", (await router.ExpectJsonAsync("service-discovery.register")).GetProperty("uris")[0].GetString());

        _bbs.Send(Created(2, Running(1)));
        Assert.Equal(61001, (await router.ExpectJsonAsync("router.register")).GetProperty("port").GetInt32());

        _bbs.Send(Changed(3, Web(1, 2, "a.example.com"), Web(2, 1, "a.example.com")));
        Assert.Equal(61001, (await router.ExpectJsonAsync("router.unregister")).GetProperty("port").GetInt32());

        _bbs.Send(Removed(4, Web(2, 1, "a.example.com")));
        var last = await router.ExpectJsonAsync("router.unregister");
        Assert.Equal(61000, last.GetProperty("port").GetInt32());
        Assert.False(last.TryGetProperty("endpoint_updated_at_ns", out _));
    }

    [Fact]
    public async Task Everything_is_registered_again_and_again_as_often_as_the_router_asks()
    {
        await using var router = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 1);
        await using var emitter = await Emitter.StartAsync(_bbs, Options(interval: 60));
        // Wait for the connection; otherwise the first registration may already be a periodic one.
        await router.ExpectAsync("router.greet");
        _bbs.Send(Created(1, Web(1, 1, "a.example.com")), Created(1, Running(0)), Complete(1));
        Assert.True((await router.ExpectJsonAsync("router.register")).TryGetProperty("endpoint_updated_at_ns", out _));
        for (var i = 0; i < 3; i++)
            Assert.False((await router.ExpectJsonAsync("router.register")).TryGetProperty("endpoint_updated_at_ns", out _));
    }

    [Fact]
    public async Task A_router_that_starts_later_is_told_everything()
    {
        await using var emitter = await Emitter.StartAsync(_bbs, Options(interval: 60));
        _bbs.Send(Created(1, Web(1, 1, "a.example.com")), Created(1, Running(0)), Complete(1));
        await using var router = await ForeignRouter.ConnectAsync(_nats);
        // Greetings are repeated, so one shows that the emitter is connected and listening.
        await router.ExpectAsync("router.greet");
        await router.StartAsync(interval: 1);
        Assert.Equal(61000, (await router.ExpectJsonAsync("router.register")).GetProperty("port").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restarted_server_is_told_everything_and_what_was_withdrawn_meanwhile(bool kill)
    {
        await using var emitter = await Emitter.StartAsync(_bbs, Options(interval: 60));
        await using (var before = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60))
        {
            _bbs.Send(Created(1, Web(1, 2, "a.example.com")), Created(1, Running(0)), Created(1, Running(1)), Complete(1));
            await before.ExpectAsync("router.register");
            await before.ExpectAsync("router.register");
        }

        await (kill ? _nats.KillAsync() : _nats.StopAsync());
        _bbs.Send(Removed(2, Running(1)), Heartbeat(2));
        await _nats.StartAsync();

        await using var after = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60);
        await after.StartAsync(interval: 5);
        Assert.Equal(61000, (await after.ExpectJsonAsync("router.register")).GetProperty("port").GetInt32());
    }

    [Fact]
    public async Task The_next_server_is_used_when_one_is_down()
    {
        await using var other = await NatsServer.StartNewAsync();
        await using var router = await ForeignRouter.ConnectAsync(other, answersWithInterval: 60);
        await _nats.KillAsync();
        await using var emitter = await Emitter.StartAsync(_bbs, Options(interval: 60, _nats, other));
        await router.ExpectAsync("router.greet");
    }

    [Fact]
    public async Task A_lost_event_stream_is_resumed_and_a_forgotten_one_read_anew()
    {
        await using var router = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60);
        await using var emitter = await Emitter.StartAsync(_bbs, Options(interval: 60));
        Assert.True((await _bbs.Requests.ReadAsync()).Snapshot);
        _bbs.Send(
            Created(5, Web(1, 3, "a.example.com")),
            Created(5, Running(0)),
            Complete(5),
            Created(7, Running(1)),
            Created(8, Running(2))
        );
        for (var i = 0; i < 3; i++)
            await router.ExpectAsync("router.register");

        _bbs.Cut();
        var resumed = await _bbs.Requests.ReadAsync();
        // The stream may have ended within the commit of revision 8; 7 is certainly complete.
        Assert.Equal((false, 7ul), (resumed.Snapshot, resumed.AfterRevision));

        _bbs.Cut(new Scheduler.Models.DomainException(new(Scheduler.Models.ErrorKind.RevisionGone, "gone")));
        Assert.True((await _bbs.Requests.ReadAsync()).Snapshot);
        _bbs.Send(Created(20, Web(1, 3, "a.example.com")), Created(20, Running(1)), Fresh(20), Complete(20));
        var withdrawn = new[] { await router.ExpectJsonAsync("router.unregister"), await router.ExpectJsonAsync("router.unregister") };
        Assert.Equal([61000, 61002], withdrawn.Select(message => message.GetProperty("port").GetInt32()).Order());
    }

    [Fact]
    public async Task Ten_thousand_routes_get_through_a_small_buffer()
    {
        await using var router = await ForeignRouter.ConnectAsync(_nats, answersWithInterval: 60);
        var options = Options(interval: 60);
        options = options with { Nats = options.Nats with { MaxPendingBytes = 64 << 10 } };
        await using var emitter = await Emitter.StartAsync(_bbs, options);
        await router.ExpectAsync("router.greet");
        _bbs.Send(Created(1, Web(1, 100, [.. Enumerable.Range(0, 100).Select(i => $"host-{i}.example.com")])));
        _bbs.Send(Enumerable.Range(0, 100).Select(index => Created(1, Running(index))));
        _bbs.Send(Complete(1));
        var seen = new HashSet<(string?, int)>();
        while (seen.Count < 10_000)
        {
            var message = await router.ExpectJsonAsync("router.register");
            seen.Add((message.GetProperty("uris")[0].GetString(), message.GetProperty("port").GetInt32()));
        }
    }

    private RouteEmitterOptions Options(int interval, params NatsServer[] servers) =>
        new()
        {
            RegisterInterval = TimeSpan.FromSeconds(interval),
            GreetingRetry = TimeSpan.FromMilliseconds(100),
            MaxGreetings = 10_000,
            InternalRoutes = true,
            StreamRetry = TimeSpan.FromMilliseconds(10),
            Nats = new NatsOptions
            {
                Servers = [.. (servers.Length == 0 ? [_nats] : servers).Select(server => server.Url)],
                ReconnectWait = TimeSpan.FromMilliseconds(20),
            },
        };

    /// <summary>The emitter as hosted in a process.</summary>
    private sealed class Emitter(ServiceProvider services) : IAsyncDisposable
    {
        public static async Task<Emitter> StartAsync(FakeBbsEvents bbs, RouteEmitterOptions options)
        {
            var services = new ServiceCollection()
                .AddLogging()
                .AddSingleton<IBbsEvents>(bbs)
                .AddRouteEmitterOn(options)
                .BuildServiceProvider();
            foreach (var hosted in services.GetServices<IHostedService>())
                await hosted.StartAsync(CancellationToken.None);
            return new Emitter(services);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var hosted in services.GetServices<IHostedService>())
                await hosted.StopAsync(CancellationToken.None);
            await services.DisposeAsync();
        }
    }
}
