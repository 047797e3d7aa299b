using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Messaging;
using Scheduler.Router;
using Scheduler.Router.Table;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Router;

/// <summary>The router with a real NATS server.</summary>
public sealed class RouterNatsTests : IAsyncLifetime
{
    private const string Web = "web.localhost";

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private NatsServer _server = null!;
    private ComponentHost _host = null!;

    private RoutingTable Table => _host.Services.GetRequiredService<RoutingTable>();

    private IMessageBus Bus => _host.Services.GetRequiredService<IMessageBus>();

    public async ValueTask InitializeAsync()
    {
        _server = await NatsServer.StartNewAsync();
        var options = RouterUnderTest.Options with
        {
            Nats = new NatsOptions { Servers = [_server.Url], ReconnectWait = TimeSpan.FromMilliseconds(20) },
            StaleThreshold = TimeSpan.FromSeconds(2),
            RegisterInterval = TimeSpan.FromSeconds(1),
            PruneInterval = TimeSpan.FromMilliseconds(20),
        };
        _host = ComponentHost.Build(
            new ComponentOptions { Name = "router", LogLevel = LogLevel.Critical },
            services => services.AddRouter(options)
        );
        await _host.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _host.DisposeAsync();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_announces_itself_and_answers_greetings()
    {
        await using var emitter = await ForeignRouter.ConnectAsync(_server);
        await Wait.UntilAsync(() => Bus.IsConnected);
        var asker = Client();
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        asker.Subscribe(
            "_INBOX.1",
            (message, _) =>
            {
                answered.TrySetResult(System.Text.Encoding.UTF8.GetString(message.Payload.Span));
                return ValueTask.CompletedTask;
            }
        );
        Run(asker);
        await Wait.UntilAsync(async () =>
        {
            await asker.PublishAsync("router.greet", "_INBOX.1", ReadOnlyMemory<byte>.Empty, _stop.Token);
            return answered.Task.IsCompleted;
        });
        using var greeting = JsonDocument.Parse(await answered.Task);
        Assert.Equal(
            (1, 2),
            (
                greeting.RootElement.GetProperty("minimumRegisterIntervalInSeconds").GetInt32(),
                greeting.RootElement.GetProperty("pruneThresholdInSeconds").GetInt32()
            )
        );
        // Whoever is back later than the router does not hear its start, so there are more restarts.
        await Wait.UntilAsync(async () =>
        {
            await _server.KillAsync();
            await _server.StartAsync();
            await using var later = await ForeignRouter.ConnectAsync(_server);
            return await HearsAsync(later, "router.start");
        });
    }

    private static async Task<bool> HearsAsync(ForeignRouter router, string subject)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            while (await router.NextAsync(limit.Token) is { } heard)
            {
                if (heard.Subject == subject)
                    return true;
            }
        }
        catch (OperationCanceledException)
        {
            // It was sent before.
        }

        return false;
    }

    [Fact]
    public async Task While_NATS_is_away_nothing_is_dropped_and_then_the_threshold_begins_anew()
    {
        var emitter = Client();
        Run(emitter);
        await Wait.UntilAsync(async () =>
        {
            await RegisterAsync(emitter);
            return Table.Backends == 1;
        });
        await _server.KillAsync();
        await Wait.UntilAsync(() => !Bus.IsConnected);
        var away = TimeProvider.System.GetTimestamp();
        // Longer than the threshold, with a hundred searches for stale endpoints in it.
        await Wait.UntilAsync(() => TimeProvider.System.GetElapsedTime(away) > TimeSpan.FromSeconds(2.5));
        Assert.Equal(1, Table.Backends);
        await _server.StartAsync();
        await Wait.UntilAsync(() => Bus.IsConnected);
        await Wait.UntilAsync(() => Table.Backends == 0);
    }

    private NatsBus Client() =>
        new(
            new NatsOptions { Servers = [_server.Url], ReconnectWait = TimeSpan.FromMilliseconds(20) },
            TimeProvider.System,
            new CapturedLog<NatsBus>()
        );

    private void Run(IMessageBus bus) => _running.Add(bus.RunAsync(_stop.Token));

    private async Task RegisterAsync(IMessageBus emitter) =>
        await emitter.PublishAsync(
            "router.register",
            null,
            JsonSerializer.SerializeToUtf8Bytes(RouterUnderTest.Message("one-1", 61000, Web)),
            _stop.Token
        );
}
