using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Messaging;
using Scheduler.Models;
using Scheduler.Router.Table;

namespace Scheduler.Router.Bus;

/// <summary>
/// Keeps the routing table as the emitters tell it over the message bus, which only they can reach: a client of the router has no way to
/// register anything.
/// </summary>
internal sealed class RouteSubscriber(
    RouterOptions options,
    IMessageBus bus,
    RoutingTable table,
    RouterClock clock,
    RouterMetrics metrics,
    Readiness readiness,
    RouterGreeting greeting,
    ILogger<RouteSubscriber> logger
) : BackgroundService
{
    private const string Loading = "routes";

    private static readonly KeyValuePair<string, object?> Register = new("action", "register");
    private static readonly KeyValuePair<string, object?> Unregister = new("action", "unregister");

    private readonly byte[] _greeting = greeting.ToJson();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasRefused;
    private bool _wasFull;

    /// <summary>Drops what is stale, unless nobody could have registered.</summary>
    internal void Prune()
    {
        if (!bus.IsConnected || table.Prune(clock.Now) is not (> 0 and var pruned))
            return;
        metrics.Pruned.Add(pruned);
        logger.Pruned(pruned);
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Here, because the rest runs in the background, and until then the router would call itself ready.
        readiness.WaitFor(Loading, "waiting for the routes of the emitters");
        // One subscription for all subjects: two would keep no order between a registration and the withdrawal that follows it.
        bus.Subscribe("router.*", HandleAsync);
        bus.Connected = GreetAllAsync;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task[] parts = [bus.RunAsync(stop.Token), PruneAsync(stop.Token), BecomeReadyAsync(stop.Token)];
        try
        {
            // The first two end only by failure or cancellation.
            await Waits.EitherAsync(parts[0], parts[1], CancellationToken.None);
        }
        finally
        {
            stop.Cancel();
            await Task.WhenAll(parts).Ended();
        }

        if (!stoppingToken.IsCancellationRequested)
            await Task.WhenAll(parts);
    }

    internal async ValueTask HandleAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        switch (message.Subject)
        {
            case "router.register":
                metrics.Messages.Add(1, Register);
                if (Read(message) is { } registered)
                    Report(table.Register(registered, clock.Now));
                break;
            case "router.unregister":
                metrics.Messages.Add(1, Unregister);
                if (Read(message) is { } withdrawn)
                    table.Unregister(withdrawn, clock.Now);
                break;
            case "router.greet" when message.ReplyTo is { } replyTo:
                await bus.PublishAsync(replyTo, null, _greeting, cancellationToken);
                break;
        }
    }

    private async ValueTask GreetAllAsync(CancellationToken cancellationToken)
    {
        // Nobody could register while the bus was away.
        table.Refresh(clock.Now);
        await bus.PublishAsync("router.start", null, _greeting, cancellationToken);
        _connected.TrySetResult();
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(options.PruneInterval, clock.Time, cancellationToken);
            Prune();
        }
    }

    private async Task BecomeReadyAsync(CancellationToken cancellationToken)
    {
        await Waits.EndAsync(_connected.Task, cancellationToken);
        await Task.Delay(options.StartDelay, clock.Time, cancellationToken);
        readiness.Done(Loading);
    }

    private RegistryMessage? Read(ReceivedMessage message)
    {
        var read = RegistryMessage.Parse(message.Payload.Span, out var reason);
        if (read is null)
            Refuse(message.Subject, reason);
        return read;
    }

    private void Report(TableChange change)
    {
        if (change.Malformed > 0)
            Refuse("router.register", "a URI is not a hostname with a path");
        if (change.BeyondLimit == 0)
            return;
        metrics.RoutesRefused.Add(change.BeyondLimit);
        if (!_wasFull)
            logger.TableFull();
        _wasFull = true;
    }

    private void Refuse(string subject, string reason)
    {
        metrics.MessagesRefused.Add(1);
        // One line: every emitter repeats its messages every few seconds.
        if (!_hasRefused)
            logger.MessageRefused(subject, reason);
        _hasRefused = true;
    }
}
