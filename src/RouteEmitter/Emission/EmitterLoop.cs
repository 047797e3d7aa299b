using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>The single owner of the routing table: processes signals in order, updates the table and has the changes published.</summary>
internal sealed class EmitterLoop(
    RouteEmitterOptions options,
    RoutePublisher publisher,
    EventTranslator translator,
    IReadOnlyList<Receiver> receivers,
    Action loaded,
    RouteEmitterMetrics metrics,
    Random random,
    TimeProvider time,
    ILogger<EmitterLoop> logger
)
{
    private readonly long _started = time.GetTimestamp();
    private readonly RouteChanges _changes = new();
    private readonly HashSet<string> _freshDomains = new(StringComparer.Ordinal);
    private readonly RoutingTable _table = new();
    private RoutingTable? _loading;
    private bool _isStale;
    private bool _routerListens;
    private TimeSpan _loadingSince;
    private TimeSpan _nextUnregistrations = options.UnregistrationInterval;

    /// <summary>Whether a complete snapshot has been read.</summary>
    public bool IsLoaded { get; private set; }

    private TimeSpan Now => time.GetElapsedTime(_started);

    public async Task RunAsync(Channel<Signal> signals, CancellationToken cancellationToken)
    {
        // A tick lost to a full queue does not matter: due work is checked after each signal anyway.
        await using var alarm = time.CreateTimer(
            static state => ((ChannelWriter<Signal>)state!).TryWrite(new Signal(SignalKind.Tick)),
            signals.Writer,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        while (true)
        {
            if (!signals.Reader.TryRead(out var signal))
            {
                alarm.Change(UntilNext(), Timeout.InfiniteTimeSpan);
                signal = await signals.Reader.ReadAsync(cancellationToken);
            }

            await HandleAsync(signal, cancellationToken);
            await DoWhatIsDueAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Begins a new term of leadership. Until a snapshot has been read there is no full registration: the table comes from an earlier term,
    /// and its addresses may belong to others by now. The snapshot's differences from it are then published, so that routes that are gone
    /// are withdrawn.
    /// </summary>
    public void BeginTerm()
    {
        _isStale = IsLoaded;
        publisher.Forget();
    }

    /// <summary>Processes one signal.</summary>
    internal async ValueTask HandleAsync(Signal signal, CancellationToken cancellationToken)
    {
        switch (signal.Kind)
        {
            case SignalKind.SnapshotBegins:
                _loading = new RoutingTable();
                _loadingSince = Now;
                _freshDomains.Clear();
                break;
            case SignalKind.Event when _loading is not null:
                await LoadAsync(signal.Event!, _loading, cancellationToken);
                break;
            case SignalKind.Event:
                await PublishAsync(translator.Apply(signal.Event!, _table, Cleared()), cancellationToken);
                break;
            case SignalKind.BusConnected:
                foreach (var receiver in receivers)
                    receiver.Schedule.Connected(Now);
                publisher.OweUnregistrations();
                _nextUnregistrations = Now;
                break;
            case SignalKind.RouterAnswered:
                _routerListens = true;
                Find(signal.Receiver).Schedule.Answered(signal.Interval, Now);
                break;
            case SignalKind.RouterStarted:
                _routerListens = true;
                Find(signal.Receiver).Schedule.RouterStarted(signal.Interval, random.NextDouble(), options.JitterFactor, Now);
                break;
            case SignalKind.Tick:
                break;
        }
    }

    internal async ValueTask DoWhatIsDueAsync(CancellationToken cancellationToken)
    {
        foreach (var receiver in receivers)
        {
            var due = receiver.Schedule.Take(Now);
            if (due.HasFlag(DueStep.Greet))
                await publisher.GreetAsync(receiver, cancellationToken);
            if (due.HasFlag(DueStep.GiveUpGreeting))
                logger.NoRouterAnswers(receiver.Greet, receiver.Schedule.Greetings, receiver.Schedule.Interval);
            if (due.HasFlag(DueStep.RegisterAll) && !_isStale)
                logger.Registered(await publisher.RegisterAllAsync(_table, receiver, cancellationToken), receiver.Register);
        }

        var everything = _routerListens;
        if (!everything && _nextUnregistrations > Now)
            return;
        _routerListens = false;
        _nextUnregistrations = Now + options.UnregistrationInterval;
        await publisher.RepeatUnregistrationsAsync(everything, _table, receivers, Now, cancellationToken);
    }

    private async ValueTask LoadAsync(Event change, RoutingTable loading, CancellationToken cancellationToken)
    {
        switch (change.PayloadCase)
        {
            case Event.PayloadOneofCase.DomainFresh:
                _freshDomains.Add(change.DomainFresh.Domain);
                break;
            case Event.PayloadOneofCase.SnapshotComplete:
                _loading = null;
                _table.ReplaceWith(loading, _freshDomains.Contains, Cleared());
                IsLoaded = true;
                loaded();
                logger.TableLoaded(
                    change.Revision,
                    _table.HttpRouteCount,
                    _table.InternalRouteCount,
                    _changes.Register.Count,
                    _changes.Unregister.Count
                );
                await PublishAsync(UnregisterPolicy.Repeat, cancellationToken);
                await CatchUpAsync(cancellationToken);
                metrics.SyncDuration.Record((Now - _loadingSince).TotalSeconds);
                break;
            default:
                translator.Apply(change, loading, Cleared());
                break;
        }
    }

    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!_isStale)
            return;
        _isStale = false;
        foreach (var receiver in receivers)
            logger.Registered(await publisher.RegisterAllAsync(_table, receiver, cancellationToken), receiver.Register);
    }

    private async ValueTask PublishAsync(UnregisterPolicy policy, CancellationToken cancellationToken)
    {
        metrics.Table(_table.HttpRouteCount, _table.InternalRouteCount);
        if (_changes.AddressCollisions > 0)
        {
            metrics.AddressCollisions.Add(_changes.AddressCollisions);
            logger.AddressCollision(_changes.AddressCollisions);
        }

        if (!_changes.IsEmpty)
            await publisher.PublishAsync(_changes, policy, receivers, Now, cancellationToken);
    }

    private RouteChanges Cleared()
    {
        _changes.Clear();
        return _changes;
    }

    private TimeSpan UntilNext()
    {
        var next = _nextUnregistrations;
        foreach (var receiver in receivers)
        {
            if (receiver.Schedule.Next is { } due && due < next)
                next = due;
        }

        var wait = next - Now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private Receiver Find(RouteKind kind) => receivers.First(receiver => receiver.Kind == kind);
}
