using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Scheduler.Models;

namespace Scheduler.Messaging;

/// <summary>
/// One connection to one server, from connecting to its loss. The library would reconnect by itself and first send what was pending when
/// the connection broke: registrations that may be an hour old by then. Each connection is therefore a client of its own, and what is
/// pending is lost with it.
/// </summary>
internal sealed class NatsLink : IAsyncDisposable
{
    // Limit of unhandled messages per subscription; beyond it the socket is not read. A handler that falls so far behind is itself waiting.
    private const int MaxUnhandled = 64;

    // Limit of different complaints of one server that are logged. They name subjects, of which there are few.
    private const int MaxComplaints = 16;

    // For pending messages at shutdown; a healthy server needs milliseconds.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly NatsOptions _options;
    private readonly NatsAddress _server;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NatsLibraryLog _libraryLog;
    private readonly NatsConnection _connection;
    private readonly CancellationTokenSource _lost = new();
    private readonly List<(INatsSub<byte[]> Messages, NatsSubscription For)> _subscriptions = [];
    private readonly HashSet<string> _complaints = new(StringComparer.Ordinal);
    private Socket? _socket;
    private string? _lastComplaint;
    private string? _reason;
    private int _isConnecting;
    private int _hasRefused;

    private NatsLink(NatsAddress server, NatsOptions options, TimeProvider time, ILogger logger)
    {
        (_server, _options, _time, _logger) = (server, options, time, logger);
        _libraryLog = new NatsLibraryLog(logger);
        _connection = new NatsConnection(LibraryOptions())
        {
            OnConnectingAsync = target =>
                Interlocked.Exchange(ref _isConnecting, 1) == 0
                    ? ValueTask.FromResult(target)
                    : throw new NatsException("the connection was closed"),
            OnSocketAvailableAsync = socket =>
            {
                _socket = (socket as INatsTlsUpgradeableSocketConnection)?.Socket;
                return ValueTask.FromResult(socket);
            },
        };
        _connection.ServerError += Complained;
        _connection.ConnectionDisconnected += Disconnected;
    }

    /// <summary>The cluster members announced by the server, each as <c>host:port</c>.</summary>
    public IReadOnlyList<string> ClusterAddresses => _connection.ServerInfo?.ClientConnectUrls ?? [];

    /// <summary>Connects, upgrades to TLS if either side requires it, and returns once the server has answered a ping.</summary>
    /// <exception cref="NatsException">There was no answer, or the server refused; gives the reason.</exception>
    public static async Task<NatsLink> OpenAsync(
        NatsAddress server,
        NatsOptions options,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var link = new NatsLink(server, options, time, logger);
        try
        {
            await link._connection.ConnectAsync().AsTask().WaitAsync(options.ConnectTimeout, time, cancellationToken);
            return link;
        }
        catch (Exception failure)
        {
            link.Lose("it was never established");
            await link.DisposeAsync();
            throw failure switch
            {
                TimeoutException => new NatsException($"no answer within {options.ConnectTimeout.TotalSeconds} s", failure),
                OperationCanceledException when cancellationToken.IsCancellationRequested => failure,
                _ => new NatsException((failure.InnerException ?? link._libraryLog.Failure ?? failure).GetBaseException().Message, failure),
            };
        }
    }

    /// <summary>Returns when the server has the subscriptions. Call it before <see cref="RunAsync"/>.</summary>
    /// <exception cref="NatsException">The connection is lost; gives the reason.</exception>
    public async Task SubscribeAsync(IEnumerable<NatsSubscription> subscriptions, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lost.Token);
        var pending = new NatsSubOpts
        {
            ChannelOpts = new NatsSubChannelOpts { Capacity = MaxUnhandled, FullMode = BoundedChannelFullMode.Wait },
        };
        try
        {
            foreach (var subscription in subscriptions)
            {
                var subscribing = _connection
                    .SubscribeCoreAsync<byte[]>(subscription.Subject, opts: pending, cancellationToken: CancellationToken.None)
                    .AsTask();
                _subscriptions.Add((await subscribing.WaitAsync(either.Token), subscription));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NatsException(_reason!);
        }

        if (await AnswersAsync(_options.ConnectTimeout, cancellationToken))
            return;
        cancellationToken.ThrowIfCancellationRequested();
        Lose($"no answer within {_options.ConnectTimeout.TotalSeconds} s");
        throw new NatsException(_reason!);
    }

    /// <summary>
    /// Delivers messages until the connection is lost or the caller cancels; in the latter case pending messages are sent first.
    /// </summary>
    /// <exception cref="NatsException">The connection is lost; gives the reason.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lost.Token);
        Task[] parts =
        [
            Task.Delay(Timeout.InfiniteTimeSpan, _time, stop.Token),
            .. _subscriptions.Select(subscription => DeliverAsync(subscription.Messages, subscription.For, stop.Token)),
        ];
        var first = await Task.WhenAny(parts);
        await stop.CancelAsync();
        await Task.WhenAll(parts).Ended();
        // A server that has answered a ping has read everything sent before it.
        if (cancellationToken.IsCancellationRequested && !await AnswersAsync(StopLimit, CancellationToken.None))
            Lose("it did not accept pending messages in time");
        cancellationToken.ThrowIfCancellationRequested();
        if (_reason is { } reason)
            throw new NatsException(reason);
        await first;
    }

    /// <summary>Queues one publication; waits while too much is pending.</summary>
    /// <returns>False if the connection is lost or the message is too large for the server.</returns>
    public async ValueTask<bool> PublishAsync(
        string subject,
        string? replyTo,
        ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken
    )
    {
        // Without a connection the library would make the publisher wait for the next one.
        if (_connection.ConnectionState != NatsConnectionState.Open)
            return false;
        try
        {
            var publishing = _connection.PublishAsync(
                subject,
                payload,
                replyTo: replyTo,
                serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                cancellationToken: _lost.Token
            );
            if (!publishing.IsCompletedSuccessfully)
                await publishing.AsTask().WaitAsync(cancellationToken);
            return true;
        }
        catch (NatsPayloadTooLargeException)
        {
            if (Interlocked.Exchange(ref _hasRefused, 1) == 0)
                _logger.MessageTooLarge(subject, payload.Length, _connection.ServerInfo?.MaxPayload ?? 0);
            return false;
        }
        catch (Exception failure) when (IsLoss(failure) && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // If the server no longer reads, TLS would wait for it to accept the close message.
        if (_reason is not null)
            _socket?.Dispose();
        await _lost.CancelAsync();
        await _connection.DisposeAsync();
    }

    private static bool IsLoss(Exception failure) =>
        failure is NatsException or ObjectDisposedException or OperationCanceledException or TimeoutException;

    private NatsOpts LibraryOptions() =>
        new()
        {
            Url = _server.Url,
            Name = _options.ClientName,
            Echo = false,
            LoggerFactory = _libraryLog,
            AuthOpts = new NatsAuthOpts { Username = _server.User, Password = _server.Password },
            TlsOpts = new NatsTlsOpts
            {
                Mode =
                    _server.WantsTls || _options.CaFile is not null || _options.CertificateFile is not null
                        ? TlsMode.Require
                        : TlsMode.Prefer,
                CaFile = _options.CaFile,
                CertFile = _options.CertificateFile,
                KeyFile = _options.KeyFile ?? _options.CertificateFile,
                ConfigureClientAuthentication = tls =>
                {
                    tls.TargetHost = _server.TlsName;
                    return ValueTask.CompletedTask;
                },
            },
            // Applies to each step; the effective limit is the one for all steps together.
            ConnectTimeout = _options.ConnectTimeout * 2,
            PingInterval = _options.PingInterval,
            MaxPingOut = _options.MaxPingsOut,
            // For a publication or a ping that waits for buffer space, so at most until the next ping.
            CommandTimeout = _options.PingInterval,
            // Limits what waits for the socket.
            WriterBufferSize = _options.MaxPendingBytes,
            // No requests are made, so the library needs no inbox of its own.
            RequestReplyMode = NatsRequestReplyMode.SharedInbox,
            IgnoreAuthErrorAbort = true,
        };

    private async Task<bool> AnswersAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_connection.ConnectionState != NatsConnectionState.Open)
            return false;
        using var timer = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _lost.Token, cancellationToken);
        try
        {
            await _connection.PingAsync(either.Token);
            return true;
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            return false;
        }
    }

    private static async Task DeliverAsync(INatsSub<byte[]> messages, NatsSubscription subscription, CancellationToken cancellationToken)
    {
        await foreach (var message in messages.Msgs.ReadAllAsync(cancellationToken))
        {
            // A no-responders notice is not an answer to a greeting.
            if (!message.HasNoResponders)
                await subscription.Received(new ReceivedMessage(message.Subject, message.ReplyTo, message.Data ?? []), cancellationToken);
        }
    }

    private ValueTask Complained(object? sender, NatsServerErrorEventArgs complaint)
    {
        // All other complaints end the connection and become the reason given for that.
        if (complaint.Kind is not (NatsServerErrorKind.PermissionsViolation or NatsServerErrorKind.MaximumSubscriptionsExceeded))
            _lastComplaint = $"the server reported: {complaint.Error}";
        else if (_complaints.Count < MaxComplaints && _complaints.Add(complaint.Error))
            _logger.NatsComplains(_server.Host, _server.Port, complaint.Error);
        return ValueTask.CompletedTask;
    }

    private ValueTask Disconnected(object? sender, NatsEventArgs args)
    {
        Lose(
            _lastComplaint
                ?? _libraryLog.Failure?.GetBaseException() switch
                {
                    null => "the server closed the connection",
                    // The library closed the connection because pings were not answered.
                    OperationCanceledException
                    or ObjectDisposedException
                    or SocketException { SocketErrorCode: SocketError.OperationAborted } => "the server no longer answers",
                    var failure => failure.Message,
                }
        );
        return ValueTask.CompletedTask;
    }

    private void Lose(string reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, null);
        _lost.Cancel();
    }
}
