using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Contracts.V1;
using Scheduler.Messaging;
using Scheduler.RouteEmitter;
using Scheduler.RouteEmitter.Emission;
using Scheduler.RouteEmitter.Routing;
using static Scheduler.Tests.TestKit.RouteEvents;

namespace Scheduler.Tests.Unit.RouteEmitter.Emission;

/// <summary>The emitter's loop, one step after the other, on a clock that the test moves.</summary>
public sealed class EmitterLoopTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingBus _bus = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RouteEmitterMetrics _metrics;
    private readonly EmitterLoop _loop;

    public EmitterLoopTests()
    {
        var options = new RouteEmitterOptions();
        _metrics = new RouteEmitterMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        var router = new Receiver(
            RouteKind.Http,
            "router",
            "_INBOX.1",
            new RegistrationSchedule(options.RegisterInterval, options.GreetingRetry, options.MaxGreetings)
        );
        _loop = new EmitterLoop(
            options,
            new RoutePublisher(_bus, options, _metrics),
            new EventTranslator(false, NullLogger.Instance),
            [router],
            () => { },
            _metrics,
            new Random(1),
            _time,
            NullLogger<EmitterLoop>.Instance
        );
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Nothing_is_published_before_the_snapshot_is_whole()
    {
        await ConnectAsync();
        await TellAsync(Created(1, Web(1, 1, "a.com")), Created(1, Running(0)));
        Assert.Empty(_bus.Take());
        Assert.False(_loop.IsLoaded);
        await TellAsync(Complete(1));
        Assert.Equal(["router.register a.com:61000"], _bus.Take());
        Assert.True(_loop.IsLoaded);
    }

    [Fact]
    public async Task An_instance_that_is_not_ready_gets_no_traffic_until_it_is()
    {
        await LoadAsync(Web(1, 2, "a.com"));
        var unready = Running(0);
        unready.Routable = false;
        var ready = Running(0, tag: 3);
        ready.Routable = true;
        await TellAsync(Created(2, unready));
        Assert.Empty(_bus.Take());
        await TellAsync(Changed(3, unready, ready));
        Assert.Equal(["router.register a.com:61000"], _bus.Take());
        unready.ModificationTag.Index = 4;
        await TellAsync(Changed(4, ready, unready));
        Assert.Equal(["router.unregister a.com:61000"], _bus.Take());
    }

    [Fact]
    public async Task Evacuation_moves_the_row_and_sends_nothing()
    {
        await LoadAsync(Web(1, 1, "a.com"));
        await TellAsync(Created(2, Running(0)));
        _bus.Take();
        var evacuating = Running(0);
        evacuating.Presence = ActualLRP.Types.Presence.Evacuating;
        await TellAsync(Changed(3, Running(0), evacuating));
        Assert.Empty(_bus.Take());
        await TellAsync(Removed(4, evacuating));
        Assert.Equal(["router.unregister a.com:61000"], _bus.Take());
    }

    [Fact]
    public async Task A_suspect_instance_keeps_its_routes()
    {
        await LoadAsync(Web(1, 1, "a.com"));
        await TellAsync(Created(2, Running(0)));
        _bus.Take();
        var suspect = Running(0);
        suspect.Presence = ActualLRP.Types.Presence.Suspect;
        await TellAsync(Changed(3, Running(0), suspect));
        Assert.Empty(_bus.Take());
    }

    [Fact]
    public async Task A_crashed_instance_loses_its_routes()
    {
        await LoadAsync(Web(1, 1, "a.com"));
        await TellAsync(Created(2, Running(0)));
        _bus.Take();
        var crashed = Running(0, tag: 3);
        crashed.State = "CRASHED";
        await TellAsync(Changed(3, Running(0), crashed));
        Assert.Equal(["router.unregister a.com:61000"], _bus.Take());
    }

    [Fact]
    public async Task The_whole_table_goes_out_each_interval_that_the_router_asks_for()
    {
        await LoadAsync(Web(1, 1, "a.com"));
        await TellAsync(Created(2, Running(0)));
        _bus.Take();
        await _loop.HandleAsync(new Signal(SignalKind.RouterAnswered, null, RouteKind.Http, TimeSpan.FromSeconds(7)), default);
        await PassAsync(6.9);
        Assert.Empty(_bus.Take());
        await PassAsync(0.1);
        Assert.Equal(["router.register a.com:61000"], _bus.Take());
        await PassAsync(7);
        Assert.Equal(["router.register a.com:61000"], _bus.Take());
    }

    [Fact]
    public async Task Unregistrations_because_of_changes_are_sent_twenty_times_more()
    {
        await LoadAsync(Web(1, 1, "a.com"), Running(0));
        await QuietAsync();
        await TellAsync(Changed(3, Web(1, 1, "a.com"), Web(2, 0, "a.com")));
        for (var i = 0; i < 21; i++)
        {
            Assert.Contains("router.unregister a.com:61000", _bus.Take());
            await PassAsync(30);
        }

        Assert.DoesNotContain("router.unregister a.com:61000", _bus.Take());
    }

    [Fact]
    public async Task Unregistrations_because_of_removals_are_sent_once()
    {
        await LoadAsync(Web(1, 1, "a.com"), Running(0));
        await QuietAsync();
        await TellAsync(Removed(3, Running(0)));
        Assert.Equal(["router.unregister a.com:61000"], _bus.Take());
        await PassAsync(30);
        Assert.Empty(_bus.Take());
    }

    [Fact]
    public async Task An_unregistration_that_found_no_connection_is_made_up_for()
    {
        await LoadAsync(Web(1, 1, "a.com"), Running(0));
        _bus.IsConnected = false;
        await TellAsync(Removed(3, Running(0)));
        _bus.IsConnected = true;
        _bus.Take();
        await ConnectAsync();
        Assert.Contains("router.unregister a.com:61000", _bus.Seen);
    }

    [Theory]
    [InlineData(SignalKind.RouterAnswered)]
    [InlineData(SignalKind.RouterStarted)]
    public async Task A_router_that_begins_to_listen_is_told_what_it_may_have_missed(object signal)
    {
        await LoadAsync(Web(1, 1, "a.com"), Running(0));
        await QuietAsync();
        await TellAsync(Removed(3, Running(0)));
        _bus.Take();
        await _loop.HandleAsync(new Signal((SignalKind)signal, null, RouteKind.Http, TimeSpan.FromHours(10)), default);
        await _loop.DoWhatIsDueAsync(default);
        Assert.Contains("router.unregister a.com:61000", _bus.Take());
    }

    [Fact]
    public async Task After_a_lost_connection_unregistrations_are_repeated()
    {
        await LoadAsync(Web(1, 1, "a.com"), Running(0));
        await QuietAsync();
        await TellAsync(Removed(3, Running(0)));
        await ConnectAsync();
        await QuietAsync();
        await PassAsync(30);
        Assert.Contains("router.unregister a.com:61000", _bus.Take());
        await PassAsync(30);
        Assert.DoesNotContain("router.unregister a.com:61000", _bus.Take());
    }

    [Fact]
    public async Task A_new_term_tells_nothing_of_the_table_of_an_earlier_one()
    {
        await LoadAsync(Web(1, 2, "a.com"), Running(0), Running(1));

        _loop.BeginTerm();
        await ConnectAsync();
        await PassAsync(60);
        Assert.Empty(_bus.Take());

        await _loop.HandleAsync(new Signal(SignalKind.SnapshotBegins), default);
        await TellAsync(Created(9, Web(1, 2, "a.com")), Created(9, Running(1)), Fresh(9), Complete(9));
        Assert.Equal(["router.unregister a.com:61000", "router.register a.com:61001"], _bus.Take());
    }

    [Fact]
    public async Task A_second_snapshot_is_compared_with_the_first()
    {
        await LoadAsync(Web(1, 3, "a.com"), Running(0), Running(1));
        _bus.Take();
        await _loop.HandleAsync(new Signal(SignalKind.SnapshotBegins), default);
        await TellAsync(Created(9, Web(1, 3, "a.com")), Created(9, Running(1)), Created(9, Running(2)), Complete(9));
        Assert.Equal(["router.register a.com:61002", "router.unregister a.com:61000"], _bus.Take());
    }

    private async Task LoadAsync(DesiredLRP desired, params ActualLRP[] rows)
    {
        await ConnectAsync();
        await TellAsync([Created(1, desired), .. rows.Select(row => Created(1, row)), Fresh(1), Complete(1)]);
        _bus.Take();
    }

    private async Task ConnectAsync()
    {
        await _loop.HandleAsync(new Signal(SignalKind.BusConnected), default);
        await _loop.DoWhatIsDueAsync(default);
        _bus.Take();
        if (!_loop.IsLoaded)
            await _loop.HandleAsync(new Signal(SignalKind.SnapshotBegins), default);
    }

    // No greetings and no periodic registrations in the way.
    private async Task QuietAsync()
    {
        await _loop.HandleAsync(new Signal(SignalKind.RouterAnswered, null, RouteKind.Http, TimeSpan.FromHours(10)), default);
        await _loop.DoWhatIsDueAsync(default);
        _bus.Take();
    }

    private async Task TellAsync(params Event[] events)
    {
        foreach (var one in events)
            await _loop.HandleAsync(new Signal(SignalKind.Event, one), default);
    }

    private async Task PassAsync(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await _loop.DoWhatIsDueAsync(default);
    }

    private sealed class RecordingBus : IMessageBus
    {
        private readonly List<string> _sent = [];

        public Func<CancellationToken, ValueTask>? Connected { get; set; }

        public bool IsConnected { get; set; } = true;

        public List<string> Seen { get; } = [];

        public string[] Take()
        {
            string[] sent = [.. _sent.Where(message => !message.StartsWith("router.greet", StringComparison.Ordinal))];
            _sent.Clear();
            return sent;
        }

        public ValueTask<bool> PublishAsync(
            string subject,
            string? replyTo,
            ReadOnlyMemory<byte> payload,
            CancellationToken cancellationToken
        )
        {
            if (!IsConnected)
                return ValueTask.FromResult(false);
            var text = subject;
            if (payload.Length > 0)
            {
                using var json = System.Text.Json.JsonDocument.Parse(Encoding.UTF8.GetString(payload.Span));
                text = $"{subject} {json.RootElement.GetProperty("uris")[0].GetString()}:{json.RootElement.GetProperty("port").GetInt32()}";
            }

            _sent.Add(text);
            Seen.Add(text);
            return ValueTask.FromResult(true);
        }

        public void Subscribe(string subject, Func<ReceivedMessage, CancellationToken, ValueTask> received) =>
            throw new NotSupportedException();

        public Task RunAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
