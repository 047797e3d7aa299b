using Scheduler.Messaging;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>Publisher of table changes as messages. Without a bus it only updates the metrics.</summary>
internal sealed class RoutePublisher(IMessageBus? bus, RouteEmitterOptions options, RouteEmitterMetrics metrics)
{
    // A router may take its time to subscribe again after a connection broke, and say nothing when it does.
    private const int RepetitionsOfLost = 3;

    private readonly RegistryMessage _message = new();
    private readonly UnregistrationMemory _memory = new(
        options.MaxRememberedUnregistrations,
        options.UnregistrationInterval * options.UnregistrationSendCount
    );
    private readonly List<Registration> _batch = [];

    /// <summary>Registrations go first, so that a hostname that moves always has a backend.</summary>
    public async ValueTask PublishAsync(
        RouteChanges changes,
        UnregisterPolicy policy,
        IReadOnlyList<Receiver> receivers,
        TimeSpan now,
        CancellationToken cancellationToken
    )
    {
        metrics.RoutesRegistered.Add(changes.Register.Count);
        metrics.RoutesUnregistered.Add(changes.Unregister.Count);
        foreach (var (registration, isNewEndpoint) in changes.Register)
        {
            if (Of(registration, receivers) is { } receiver)
                await SendAsync(receiver, receiver.Register, registration, isNewEndpoint, cancellationToken);
        }

        foreach (var registration in changes.Unregister)
        {
            if (Of(registration, receivers) is not { } receiver)
                continue;
            var isSent = await SendAsync(receiver, receiver.Unregister, registration, isNewEndpoint: false, cancellationToken);
            var repetitions =
                policy == UnregisterPolicy.Repeat && registration.Route.Kind == RouteKind.Http ? options.UnregistrationSendCount : 0;
            if (bus is not null && !_memory.Remember(registration, isSent ? repetitions : Math.Max(repetitions, RepetitionsOfLost), now))
                metrics.UnregistrationsNotRepeated.Add(1);
        }
    }

    /// <summary>Anything sent on an earlier connection may be lost.</summary>
    public void OweUnregistrations() => _memory.Owe(RepetitionsOfLost);

    /// <summary>Forgets all pending unregistrations.</summary>
    public void Forget() => _memory.Clear();

    /// <summary>Registers the whole table again with one receiver.</summary>
    /// <returns>The number of registrations.</returns>
    public async ValueTask<int> RegisterAllAsync(RoutingTable table, Receiver receiver, CancellationToken cancellationToken)
    {
        _batch.Clear();
        table.AppendAll(receiver.Kind, _batch);
        foreach (var registration in _batch)
            await SendAsync(receiver, receiver.Register, registration, isNewEndpoint: false, cancellationToken);
        metrics.RoutesSynced.Add(_batch.Count);
        return _batch.Count;
    }

    /// <summary>Sends remembered unregistrations once more.</summary>
    /// <param name="everything">Also those whose repetition is not scheduled: a router begins to listen.</param>
    public async ValueTask RepeatUnregistrationsAsync(
        bool everything,
        RoutingTable table,
        IReadOnlyList<Receiver> receivers,
        TimeSpan now,
        CancellationToken cancellationToken
    )
    {
        _batch.Clear();
        _memory.List(everything, table, now, _batch);
        foreach (var registration in _batch)
        {
            if (
                Of(registration, receivers) is { } receiver
                && await SendAsync(receiver, receiver.Unregister, registration, isNewEndpoint: false, cancellationToken)
            )
                _memory.Sent(registration);
        }
    }

    public async ValueTask GreetAsync(Receiver receiver, CancellationToken cancellationToken)
    {
        if (bus is not null)
            await bus.PublishAsync(receiver.Greet, receiver.Inbox, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    private static Receiver? Of(Registration registration, IReadOnlyList<Receiver> receivers)
    {
        foreach (var receiver in receivers)
        {
            if (receiver.Kind == registration.Route.Kind)
                return receiver;
        }

        return null;
    }

    private async ValueTask<bool> SendAsync(
        Receiver receiver,
        string subject,
        Registration registration,
        bool isNewEndpoint,
        CancellationToken cancellationToken
    )
    {
        if (bus is null)
            return false;
        var isSent = await bus.PublishAsync(subject, null, _message.Write(registration, isNewEndpoint), cancellationToken);
        metrics.Connection(isSent);
        if (!isSent)
            metrics.Dropped.Add(1);
        else if (receiver.Kind == RouteKind.Http)
            metrics.HttpMessages.Add(1);
        else
            metrics.InternalMessages.Add(1);
        return isSent;
    }
}
