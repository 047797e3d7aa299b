using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Scheduler.Models;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>Keeps a connection to one of several servers for as long as it runs, and its subscriptions on it.</summary>
internal sealed class NatsClient(NatsOptions options, TimeProvider time, ILogger<NatsClient> logger) : IMessageBus
{
    private readonly Jitter _jitter = new(options.Seed);
    private readonly List<Subscription> _subscriptions = [];
    private NatsConnection? _current;

    public Func<CancellationToken, ValueTask>? Connected { get; set; }

    public void Subscribe(string subject, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> received) =>
        _subscriptions.Add(new Subscription(subject, received));

    public ValueTask<bool> PublishAsync(string subject, string? replyTo, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        Volatile.Read(ref _current) is { } connection
            ? connection.PublishAsync(subject, replyTo, payload, cancellationToken)
            : ValueTask.FromResult(false);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Servers.Count == 0)
            throw new InvalidOperationException("there is no NATS server to connect to");
        Uri? lastFailed = null;
        for (var turn = 0; ; turn++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var server = options.Servers[turn % options.Servers.Count];
            try
            {
                await ServeAsync(server, cancellationToken);
            }
            catch (Exception failure) when (IsLoss(failure) && !cancellationToken.IsCancellationRequested)
            {
                // Once per server in a row: an outage of an hour is one line, not thousands.
                if (server != lastFailed)
                    logger.NatsLost(server.Host, server.Port, failure.Message);
                lastFailed = options.Servers.Count == 1 ? server : null;
            }

            await Task.Delay(_jitter.Retry(options.ReconnectWait), time, cancellationToken);
        }

        async Task ServeAsync(Uri server, CancellationToken cancel)
        {
            await using var connection = await NatsConnection.OpenAsync(server, options, time, cancel);
            lastFailed = null;
            logger.NatsConnected(server.Host, server.Port);
            for (var id = 0; id < _subscriptions.Count; id++)
                await connection.SubscribeAsync(_subscriptions[id].Subject, id, cancel);
            Volatile.Write(ref _current, connection);
            try
            {
                var running = connection.RunAsync(DeliverAsync, cancel);
                if (Connected is { } connected)
                    await connected(cancel);
                await running;
            }
            finally
            {
                Volatile.Write(ref _current, null);
            }
        }
    }

    private ValueTask DeliverAsync(NatsFrame message, CancellationToken cancellationToken) =>
        message.SubscriptionId < _subscriptions.Count
            ? _subscriptions[message.SubscriptionId].Received(message.Payload, cancellationToken)
            : ValueTask.CompletedTask;

    private static bool IsLoss(Exception failure) => failure is NatsException or IOException or SocketException or AuthenticationException or OperationCanceledException;

    private sealed record Subscription(string Subject, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> Received);
}
