using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Scheduler.Models;

namespace Scheduler.Messaging;

/// <summary>Message bus on NATS. While it runs it keeps a connection to one of several servers, with its subscriptions.</summary>
internal sealed class NatsBus(NatsOptions options, TimeProvider time, ILogger<NatsBus> logger) : IMessageBus
{
    private readonly Jitter _jitter = new(seed: null);
    private readonly List<NatsSubscription> _subscriptions = [];
    private readonly NatsAddresses _addresses = new(options.Servers.Select(url => NatsAddress.From(url, options.User, options.Password)));
    private NatsLink? _current;

    public bool IsConnected => Volatile.Read(ref _current) is not null;

    public Func<CancellationToken, ValueTask>? Connected { get; set; }

    public void Subscribe(string subject, Func<ReceivedMessage, CancellationToken, ValueTask> received) =>
        _subscriptions.Add(new NatsSubscription(subject, received));

    public ValueTask<bool> PublishAsync(
        string subject,
        string? replyTo,
        ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken
    ) =>
        Volatile.Read(ref _current) is { } link
            ? link.PublishAsync(subject, replyTo, payload, cancellationToken)
            : ValueTask.FromResult(false);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Servers.Count == 0)
            throw new InvalidOperationException("no NATS server is configured");
        // Once per server and outage: an hour without NATS gives one log line, not thousands.
        var told = new HashSet<NatsAddress>();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var server = _addresses.Next();
            try
            {
                await ServeAsync(server, told, cancellationToken);
            }
            catch (Exception failure) when (failure is NatsException or TimeoutException)
            {
                if (!cancellationToken.IsCancellationRequested && told.Add(server))
                    logger.NatsLost(server.Host, server.Port, failure.Message);
            }

            await Task.Delay(_jitter.Retry(options.ReconnectWait), time, cancellationToken);
        }
    }

    private async Task ServeAsync(NatsAddress server, HashSet<NatsAddress> told, CancellationToken cancellationToken)
    {
        await using var link = await NatsLink.OpenAsync(server, options, time, logger, cancellationToken);
        told.Clear();
        logger.NatsConnected(server.Host, server.Port);
        await link.SubscribeAsync(_subscriptions, cancellationToken);
        Volatile.Write(ref _current, link);
        try
        {
            var running = link.RunAsync(cancellationToken);
            if (Connected is { } connected)
                await connected(cancellationToken);
            await running;
        }
        finally
        {
            Volatile.Write(ref _current, null);
            // The server's latest announcement; it sends a new one when its cluster changes.
            _addresses.Learn(server, link.ClusterAddresses);
        }
    }
}
