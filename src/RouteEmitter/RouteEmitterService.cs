using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;
using Scheduler.Messaging;
using Scheduler.Models;
using Scheduler.RouteEmitter.Emission;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter;

/// <summary>Hosted service of the route emitter: BBS events and bus messages go through one queue to the loop.</summary>
internal sealed class RouteEmitterService : BackgroundService
{
    private const string Loading = "routes";

    private readonly EventFollower _follower;
    private readonly IMessageBus? _bus;
    private readonly LeaderLease? _lease;
    private readonly Readiness _readiness;
    private readonly EmitterLoop _loop;
    private readonly ILogger _logger;
    private readonly Channel<Signal> _signals;

    public RouteEmitterService(
        RouteEmitterOptions options,
        IBbsEvents bbs,
        IMessageBus? bus,
        LeaderLease? lease,
        RouteEmitterMetrics metrics,
        Readiness readiness,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        (_bus, _lease, _readiness) = (bus, lease, readiness);
        _logger = loggers.CreateLogger<RouteEmitterService>();
        _signals = Channel.CreateBounded<Signal>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true });
        var jitter = new Jitter(options.Seed);
        _follower = new EventFollower(
            bbs,
            new FollowRequest
            {
                CellId = options.CellId,
                Lrps = true,
                DomainsAndCells = true,
            },
            _ => jitter.Retry(options.StreamRetry),
            time,
            loggers.CreateLogger<EventFollower>()
        );
        var random = options.Seed is { } seed ? new Random(seed) : new Random();
        var receivers = Receivers(options, random);
        _loop = new EmitterLoop(
            options,
            new RoutePublisher(_bus, options, metrics),
            new EventTranslator(options.RegisterDirectInstanceRoutes, loggers.CreateLogger<EventTranslator>()),
            receivers,
            () => readiness.Done(Loading),
            metrics,
            random,
            time,
            loggers.CreateLogger<EmitterLoop>()
        );
        if (_bus is not null)
            Listen(_bus, receivers);
    }

    /// <summary>
    /// Emits until stopped, and only while it holds the lease if one is configured. A later term sends the routers nothing until it has
    /// read the table again.
    /// </summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        if (_bus is null)
            _logger.NotPublishing();
        try
        {
            await (_lease is null ? EmitAsync(stoppingToken) : _lease.RunAsync(EmitAsync, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Normal shutdown.
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    private async Task EmitAsync(CancellationToken leading)
    {
        if (!_loop.IsLoaded)
            _readiness.WaitFor(Loading, "waiting for the first snapshot from the BBS");
        // The state of an earlier term is out of date: another emitter has updated the routers since.
        while (_signals.Reader.TryRead(out _)) { }

        _loop.BeginTerm();
        _follower.Forget();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(leading);
        var parts = new List<Task>
        {
            _loop.RunAsync(_signals, stop.Token),
            _follower.RunAsync(stream => RelayAsync(stream, stop.Token), stop.Token),
        };
        if (_bus is not null)
            parts.Add(_bus.RunAsync(stop.Token));

        // None of them ends normally: the first to end has failed or was cancelled, and the others must stop too.
        var ended = await Task.WhenAny(parts);
        stop.Cancel();
        await Task.WhenAll(parts).Ended();
        _readiness.Done(Loading);
        await ended;
    }

    private async Task<bool> RelayAsync(EventStream stream, CancellationToken cancellationToken)
    {
        if (stream.BeginsWithSnapshot)
            await _signals.Writer.WriteAsync(new Signal(SignalKind.SnapshotBegins), cancellationToken);
        await foreach (var change in stream.TakeAllAsync())
            await _signals.Writer.WriteAsync(new Signal(SignalKind.Event, change), cancellationToken);
        return false;
    }

    private static Receiver[] Receivers(RouteEmitterOptions options, Random random)
    {
        var http = Create(RouteKind.Http, "router");
        return options.InternalRoutes ? [http, Create(RouteKind.Internal, "service-discovery")] : [http];

        Receiver Create(RouteKind kind, string prefix) =>
            new(
                kind,
                prefix,
                "_INBOX." + random.NextInt64().ToString("x16", CultureInfo.InvariantCulture),
                new RegistrationSchedule(options.RegisterInterval, options.GreetingRetry, options.MaxGreetings)
            );
    }

    private void Listen(IMessageBus bus, IReadOnlyList<Receiver> receivers)
    {
        bus.Connected = cancel => _signals.Writer.WriteAsync(new Signal(SignalKind.BusConnected), cancel);
        foreach (var receiver in receivers)
        {
            bus.Subscribe(
                receiver.Inbox,
                (message, cancel) => GreetedAsync(receiver.Inbox, SignalKind.RouterAnswered, receiver.Kind, message.Payload, cancel)
            );
            bus.Subscribe(
                receiver.Start,
                (message, cancel) => GreetedAsync(receiver.Start, SignalKind.RouterStarted, receiver.Kind, message.Payload, cancel)
            );
        }
    }

    private ValueTask GreetedAsync(
        string subject,
        SignalKind signal,
        RouteKind kind,
        ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var greeting = RouterGreeting.Parse(payload.Span);
            _logger.RouterGreeted(subject, greeting.Interval);
            return _signals.Writer.WriteAsync(new Signal(signal, null, kind, greeting.Interval), cancellationToken);
        }
        catch (JsonException failure)
        {
            _logger.GreetingUnreadable(subject, failure.Message);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The bus, or null if no NATS server is configured.</summary>
internal sealed record RouteEmitterBus(IMessageBus? Bus);
