using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Node;

/// <summary>
/// One of several BBS replicas: stands by until it becomes leader, loads the state, serves, and starts over when it must not lead any more.
/// The state in memory is dropped with the term, because memory that may differ from the store is never served.
/// </summary>
internal sealed class BbsNode(NodeParts parts)
{
    // As many as a person can read when the whole store is damaged.
    private const int MaxRowsNamed = 100;

    private readonly ILogger _logger = parts.Loggers.CreateLogger<BbsNode>();
    private readonly Jitter _jitter = new(parts.Seed);
    private readonly StandbyCopy _copy = new(parts, parts.Loggers.CreateLogger<BbsNode>());
    private ActiveTerm? _term;
    private string _holder = "";

    // By this node's own clock; null until it has seen a leader.
    private long? _sawLeaderAt;

    /// <summary>Whether this node is the leader now, by its own clock.</summary>
    public bool IsActive => ActiveOrNull is not null;

    /// <summary>Whether this node stands by with a copy of the state.</summary>
    public bool HasCopy => _copy.IsThere;

    public ActiveTerm? ActiveOrNull => Volatile.Read(ref _term) is { MayServe: true } term ? term : null;

    /// <summary>Called when this node has settled in its role: it leads and has loaded the state, or it stands by.</summary>
    public Action Settled { get; set; } = () => { };

    /// <exception cref="DomainException">NotActive: this node is a standby; the message names the leader if it is known.</exception>
    public ActiveTerm Active => ActiveOrNull ?? throw NotActive().ToException();

    /// <param name="url">The URL under which clients reach this node.</param>
    public async Task RunAsync(string url, CancellationToken stopping)
    {
        parts.Metrics.Watch(this);
        try
        {
            await StandByAndLeadAsync(url, stopping);
        }
        finally
        {
            await _copy.StopAsync();
        }
    }

    private async Task StandByAndLeadAsync(string url, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await StandByOrLeadAsync(url, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is StoreException or LeadershipLostException)
            {
                _logger.NotLeading(e);
            }
            if (!await WaitAsync(_jitter.Retry(parts.Options.Leadership.Retry), stopping))
                return;
        }
    }

    private async Task StandByOrLeadAsync(string url, CancellationToken stopping)
    {
        var sentAt = parts.Time.GetTimestamp();
        var attempt = await parts.Store.AcquireLeadershipAsync(parts.Owner, url, parts.Options.Leadership.Ttl, stopping);
        if (Volatile.Read(ref _holder) != attempt.HolderValue)
        {
            Volatile.Write(ref _holder, attempt.HolderValue);
            if (!attempt.Acquired)
                _logger.StandingBy(attempt.HolderValue);
        }
        if (!attempt.Acquired)
        {
            _sawLeaderAt = parts.Time.GetTimestamp();
            Settled();
            if (parts.Options.Leadership.WarmStandby)
                _copy.Follow(stopping);
        }

        if (attempt.Acquired)
            await LeadAsync(attempt, new Lease(parts.Time, parts.Options.Leadership.Ttl, sentAt), stopping);
        else if (attempt.Remaining < parts.Options.Leadership.Retry)
            await Task.Delay(Max(attempt.Remaining, TimeSpan.FromMilliseconds(1)), parts.Time, stopping);
    }

    private async Task LeadAsync(LeadershipAttempt won, Lease lease, CancellationToken stopping)
    {
        var epoch = won.Epoch;
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewal = RenewAsync(epoch, lease, leading);
        try
        {
            var loaded = await LoadAsync(epoch, leading.Token);
            await ServeAsync(won, lease, loaded, leading);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The renewal reports the cause.
        }
        catch (BrokenTermException e)
        {
            _logger.TermBroke(e.InnerException!, epoch);
        }
        finally
        {
            leading.Cancel();
            await renewal;
            _sawLeaderAt = parts.Time.GetTimestamp();
            if (stopping.IsCancellationRequested)
                await ReleaseAsync(epoch);
            _logger.TermEnded(epoch);
        }
    }

    // The store's clock may have jumped since the last term ended; then locks that their holders still renew would seem expired.
    private TimeSpan VacancyAtMost(TimeSpan byTheStore) =>
        _sawLeaderAt is { } at && parts.Time.GetElapsedTime(at) is var since && since < byTheStore ? since : byTheStore;

    private async Task<BbsState> LoadAsync(long epoch, CancellationToken cancellationToken)
    {
        var started = parts.Time.GetTimestamp();
        await parts.Store.MigrateAsync(epoch, cancellationToken);
        parts.Metrics.MigrationTook(parts.Time.GetElapsedTime(started));
        var loaded = await _copy.TakeAsync(cancellationToken);
        var (state, setAside) = (loaded.State, loaded.SetAside);
        parts.Metrics.RowsSetAside(setAside.Count);
        foreach (var row in setAside.Take(MaxRowsNamed))
            _logger.RowSetAside(row.Row, row.Why);
        if (setAside.Count > MaxRowsNamed)
            _logger.RowsSetAside(setAside.Count, MaxRowsNamed);
        _logger.Leading(
            epoch,
            state.Revision,
            state.DesiredLrps.Count,
            state.Counts.ActualLrps,
            state.Tasks.Count,
            loaded.FromCopy ? "caught up" : "loaded",
            parts.Time.GetElapsedTime(started).TotalSeconds
        );
        return state;
    }

    private async Task ServeAsync(LeadershipAttempt won, Lease lease, BbsState loaded, CancellationTokenSource leading)
    {
        var events = new EventHub(loaded.Revision, parts.Options.Events, parts.Time);
        var followUps = new LateFollowUps();
        var loop = new CommandLoop(
            loaded,
            new CommandLoopParts
            {
                Store = parts.Store,
                Epoch = won.Epoch,
                Vacancy = VacancyAtMost(won.Vacancy),
                Events = events,
                FollowUps = followUps,
                Time = parts.Time,
                NewGuid = parts.NewGuid,
                MayServe = () => lease.IsValid,
                Options = parts.Options.Loop,
                Metrics = parts.Metrics,
                Logger = _logger,
            }
        );
        var outbound = new OutboundWork(loop, parts.Clients, parts.Options.Outbound, parts.Time, parts.Seed, _logger);
        followUps.Receiver = outbound;
        var term = new ActiveTerm(won.Epoch, lease, loop, events, outbound);
        try
        {
            var working = outbound.RunAsync(leading.Token);
            var serving = loop.RunAsync(leading.Token);
            Volatile.Write(ref _term, term);
            parts.Metrics.Elected();
            Settled();
            outbound.TakeUp(loaded);
            // The term ends when either task ends: a BBS that decides but makes no outbound calls is of no use.
            await Task.WhenAny(serving, working);
            Volatile.Write(ref _term, null);
            leading.Cancel();
            await Task.WhenAll(serving, working);
        }
        catch (Exception e) when (e is not (StoreException or LeadershipLostException or OperationCanceledException))
        {
            // A bug in the BBS. It ends the term, because memory may now differ from the store, but not the process: otherwise the bug
            // would take down the standby next.
            throw new BrokenTermException(e);
        }
        finally
        {
            Volatile.Write(ref _term, null);
            events.Close(NotActive());
        }
    }

    /// <summary>Renews the lease until the term ends; ends the term if a renewal does not succeed in time. Never throws.</summary>
    private async Task RenewAsync(long epoch, Lease lease, CancellationTokenSource leading)
    {
        var interval = parts.Options.Leadership.RenewInterval;
        var wait = interval;
        while (await WaitAsync(wait, leading.Token))
        {
            var sentAt = parts.Time.GetTimestamp();
            // A reply that arrives after the lease has expired is of no use.
            using var patience = new CancellationTokenSource(Max(lease.Remaining, TimeSpan.FromMilliseconds(1)), parts.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(leading.Token, patience.Token);
            try
            {
                await parts.Store.RenewLeadershipAsync(epoch, parts.Options.Leadership.Ttl, either.Token);
                lease.Renewed(sentAt);
                wait = interval;
                continue;
            }
            catch (LeadershipLostException e)
            {
                _logger.Deposed(e, epoch);
                break;
            }
            catch (Exception e) when (e is StoreException or OperationCanceledException)
            {
                if (leading.IsCancellationRequested)
                    return;
                _logger.NotRenewed(e, epoch, lease.Remaining.TotalSeconds);
            }
            if (!lease.IsValid)
                break;
            wait = Min(interval / 4, lease.Remaining);
        }
        leading.Cancel();
    }

    private async Task ReleaseAsync(long epoch)
    {
        // A process that shuts down does not wait long for an unresponsive store: the term expires anyway.
        using var patience = new CancellationTokenSource(parts.Options.Leadership.Retry, parts.Time);
        try
        {
            await parts.Store.ReleaseLeadershipAsync(epoch, patience.Token);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            _logger.NotReleased(e, epoch);
        }
    }

    private async Task<bool> WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(wait, parts.Time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The error for calls to a standby; names the leader if it is known.</summary>
    public DomainError NotActive()
    {
        var holder = Volatile.Read(ref _holder);
        return new DomainError(
            ErrorKind.NotActive,
            holder.Length == 0 ? "this BBS is not active" : $"this BBS is not active; the active one was last seen at {holder}"
        );
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private sealed class BrokenTermException(Exception why) : Exception(why.Message, why);

    // The loop and the outbound work refer to each other; this breaks the cycle at construction.
    private sealed class LateFollowUps : IFollowUps
    {
        public IFollowUps? Receiver { get; set; }

        public void Take(IReadOnlyList<FollowUp> followUps) => Receiver!.Take(followUps);
    }
}
