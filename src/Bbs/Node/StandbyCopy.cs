using Microsoft.Extensions.Logging;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Node;

/// <summary>
/// A standby's copy of the state. It follows the store, so that a node that becomes leader reads only what the last second changed.
/// Without a copy, for example because the store could not be read, the leader loads everything.
/// </summary>
/// <remarks>The node calls it from one place at a time.</remarks>
internal sealed class StandbyCopy(NodeParts parts, ILogger logger)
{
    // A store that cannot be read stays so for a while, and every attempt may read all of it.
    private static readonly Backoff Pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    private readonly StoredRows _rows = new();
    private Task _following = Task.CompletedTask;
    private volatile BbsState? _state;
    private int _failures;
    private long _failedAt;
    private string _why = "";

    /// <summary>Whether there is a copy; it is up to some seconds old.</summary>
    public bool IsThere => _state is not null;

    /// <summary>Catches up with the store in the background, unless it does so already or has failed a short time ago.</summary>
    public void Follow(CancellationToken stopping)
    {
        if (!_following.IsCompleted || (_failures > 0 && parts.Time.GetElapsedTime(_failedAt) < Pauses.After(_failures)))
            return;
        _following = FollowAsync(stopping);
    }

    /// <summary>The state as it is in the store, for a leader; the copy ends with it.</summary>
    public async Task<LoadedState> TakeAsync(CancellationToken cancellationToken)
    {
        await _following.WaitAsync(cancellationToken);
        try
        {
            return await CatchUpAsync(cancellationToken);
        }
        finally
        {
            (_state, _failures) = (null, 0);
        }
    }

    /// <summary>Waits until it reads no more, after its token was cancelled.</summary>
    public Task StopAsync() => _following;

    // Never throws: the node goes on without a copy.
    private async Task FollowAsync(CancellationToken stopping)
    {
        try
        {
            // A new store, or one of another version: only a leader may migrate it.
            if (_state is null && !await parts.Store.IsMigratedAsync(stopping))
                return;
            var loaded = await CatchUpAsync(stopping);
            if (loaded.SetAside.Count == 0)
                (_failures, _why) = (0, "");
            else
                Failed(null, $"{loaded.SetAside.Count} rows of the store are inconsistent");
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            _state = null;
            Failed(e, e.Message);
        }
    }

    private async Task<LoadedState> CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_state is { } state)
        {
            var changes = await parts.Store.ReadChangesAsync(state.Revision, cancellationToken);
            _state = changes is null ? null : LaterState.Of(state, changes, _rows);
            if (_state is { } later)
                return new LoadedState(later, []) { FromCopy = true };
        }
        var loader = new StateLoader();
        var revision = await parts.Store.LoadAsync(loader, cancellationToken);
        var loaded = new LoadedState(loader.ToState(revision), loader.SetAside);
        if (loaded.SetAside.Count == 0)
            _state = loaded.State;
        return loaded;
    }

    private void Failed(Exception? cause, string why)
    {
        _failures++;
        _failedAt = parts.Time.GetTimestamp();
        if (why != _why)
            logger.NoCopy(cause, why);
        _why = why;
    }
}

/// <summary>The state as it was read from the store.</summary>
/// <param name="SetAside">Rows that were left out of it.</param>
internal sealed record LoadedState(BbsState State, IReadOnlyList<RowSetAside> SetAside)
{
    /// <summary>Whether only changes were read.</summary>
    public bool FromCopy { get; init; }
}
