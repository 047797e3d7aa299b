using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>The one owner of the routing table: takes signals in order, updates the table, has the difference published.</summary>
internal sealed class EmitterLoop(
    RouteEmitterOptions options,
    RoutePublisher publisher,
    EventTranslator translator,
    IReadOnlyList<Receiver> receivers,
    Action loaded,
    RouteEmitterMetrics metrics,
    Random random,
    TimeProvider time,
    ILogger<EmitterLoop> logger)
{
    private readonly long _started = time.GetTimestamp();
    private readonly RouteChanges _changes = new();
    private readonly HashSet<string> _freshDomains = new(StringComparer.Ordinal);
    private readonly RoutingTable _table = new();
    private RoutingTable? _loading;
    private bool _isStale;
    private TimeSpan _loadingSince;
    private TimeSpan _nextUnregistrations = options.UnregistrationInterval;

    /// <summary>Whether a whole snapshot has been read.</summary>
    public bool IsLoaded { get; private set; }

    private TimeSpan Now => time.GetElapsedTime(_started);

    public async Task RunAsync(Channel<Signal> signals, CancellationToken cancellationToken)
    {
        // A tick that finds the queue full is not missed: what is due is looked at after each signal anyway.
        await using var alarm = time.CreateTimer(
            static state => ((ChannelWriter<Signal>)state!).TryWrite(new Signal(SignalKind.Tick)), signals.Writer, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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
    /// Until a snapshot has been read nothing is registered as a whole: the table is that of an earlier term, and addresses in it may
    /// be another's by now. The snapshot's differences from it are told then, so that what is gone is withdrawn.
    /// </summary>
    public void BeginTerm()
    {
        _isStale = IsLoaded;
        publisher.Forget();
    }

    /// <summary>One step of the loop.</summary>
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
                _nextUnregistrations = Now;
                break;
            case SignalKind.RouterAnswered:
                Find(signal.Receiver).Schedule.Answered(signal.Interval, Now);
                break;
            case SignalKind.RouterStarted:
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

        if (_nextUnregistrations <= Now)
        {
            _nextUnregistrations = Now + options.UnregistrationInterval;
            await publisher.RepeatUnregistrationsAsync(_table, receivers, cancellationToken);
        }
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
                logger.TableLoaded(change.Revision, _table.HttpRouteCount, _table.InternalRouteCount, _changes.Register.Count, _changes.Unregister.Count);
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
            await publisher.PublishAsync(_changes, policy, receivers, cancellationToken);
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
