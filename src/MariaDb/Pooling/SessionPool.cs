using Scheduler.MariaDb.Sessions;

namespace Scheduler.MariaDb.Pooling;

/// <summary>
/// Keeps sessions for the next user. At most Maximum Pool Size are open; who finds none free waits, up to the connection
/// timeout. The one used last is used next, so that the rest can grow old and be closed. A session is reset, or at least asked for a
/// sign of life, before it is handed out; what is broken, too old, or from before the pool was cleared is closed instead.
/// </summary>
internal sealed class SessionPool : SessionSource
{
    private static readonly TimeSpan LongestPruneInterval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots;

    /// <summary>The last is the one used last.</summary>
    private readonly List<MariaDbSession> _idle = [];
    private readonly ITimer? _pruner;
    private int _generation;
    private int _rented;
    private bool _disposed;

    public SessionPool(ConnectionSettings settings, TimeProvider time)
        : base(settings, time)
    {
        _slots = new SemaphoreSlim(settings.MaximumPoolSize);
        if (settings.IdleTimeout == Timeout.InfiniteTimeSpan) return;
        var interval = settings.IdleTimeout / 2 < LongestPruneInterval ? settings.IdleTimeout / 2 : LongestPruneInterval;
        // Weak, so that a pool that nobody holds any more is collected instead of being kept by its timer.
        _pruner = time.CreateTimer(
            static state =>
            {
                if (((WeakReference<SessionPool>)state!).TryGetTarget(out var pool)) pool.Prune();
            },
            new WeakReference<SessionPool>(this),
            interval,
            interval);
    }

    public override int IdleCount
    {
        get
        {
            lock (_gate) return _idle.Count;
        }
    }

    public override MariaDbSession Rent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_slots.Wait(Settings.ConnectTimeout)) throw Exhausted();
        try
        {
            while (TryTakeIdle() is { } session)
            {
                if (Revived(session) is not null) return Rented(session);
            }

            return Rented(Connect(Volatile.Read(ref _generation)));
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    public override async Task<MariaDbSession> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!await _slots.WaitAsync(Settings.ConnectTimeout, cancellationToken)) throw Exhausted();
        try
        {
            while (TryTakeIdle() is { } session)
            {
                if (await AbandonableAsync(session.Worker.RunAsync(() => Revived(session)), OnLate, cancellationToken) is not null) return Rented(session);
            }

            return Rented(await ConnectAsync(Volatile.Read(ref _generation), OnLate, cancellationToken));
        }
        catch (AbandonedException)
        {
            throw;
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    public override void Return(MariaDbSession session)
    {
        session.LastUsedAt = Time.GetTimestamp();
        bool keep;
        lock (_gate)
        {
            _rented--;
            keep = !_disposed && IsFresh(session);
            if (keep) _idle.Add(session);
        }

        if (!keep) session.Dispose();
        _slots.Release();
    }

    public override void Clear()
    {
        MariaDbSession[] closing;
        lock (_gate)
        {
            _generation++;
            closing = [.. _idle];
            _idle.Clear();
        }

        foreach (var session in closing) session.Dispose();
    }

    public override void Dispose()
    {
        lock (_gate) _disposed = true;
        _pruner?.Dispose();
        Clear();
    }

    private bool IsFresh(MariaDbSession session) =>
        !session.IsBroken
        && session.Generation == _generation
        && (Settings.Lifetime == Timeout.InfiniteTimeSpan || Time.GetElapsedTime(session.OpenedAt) < Settings.Lifetime);

    private MariaDbSession Rented(MariaDbSession session)
    {
        lock (_gate) _rented++;
        return session;
    }

    /// <summary>The session, fit for use; null if it turned out to be lost and was closed. Blocks, for the connection timeout at most.</summary>
    private static MariaDbSession? Revived(MariaDbSession session)
    {
        if (session.TryRevive()) return session;
        session.Dispose();
        return null;
    }

    private MariaDbSession? TryTakeIdle()
    {
        while (true)
        {
            MariaDbSession session;
            bool fresh;
            lock (_gate)
            {
                if (_idle.Count == 0) return null;
                session = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                fresh = IsFresh(session);
            }

            if (fresh) return session;
            session.Dispose();
        }
    }

    /// <summary>Somebody gave up on a connection that opened after all: it is as good as a returned one.</summary>
    private void OnLate(MariaDbSession? session)
    {
        if (session is null) _slots.Release();
        else Return(Rented(session));
    }

    /// <summary>Closes the sessions that have idled longest, down to the minimum.</summary>
    private void Prune()
    {
        var closing = new List<MariaDbSession>();
        lock (_gate)
        {
            while (_idle.Count > 0 && _idle.Count + _rented > Settings.MinimumPoolSize && Time.GetElapsedTime(_idle[0].LastUsedAt) >= Settings.IdleTimeout)
            {
                closing.Add(_idle[0]);
                _idle.RemoveAt(0);
            }
        }

        foreach (var session in closing) session.Dispose();
    }

    private MariaDbException Exhausted() => new(
        $"None of the pool's {Settings.MaximumPoolSize} connections came free within {Settings.ConnectTimeout.TotalSeconds} s.", MariaDbErrors.PoolExhausted, null);
}
