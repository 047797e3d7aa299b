using Scheduler.Bbs.Storage;

namespace Scheduler.Tests.TestKit.Bbs;

/// <summary>The fault of the next commit.</summary>
public enum CommitFault
{
    None,

    /// <summary>Nothing is written, and the caller knows.</summary>
    Refused,

    /// <summary>Throws an exception that no store throws.</summary>
    Broken,

    /// <summary>Written, but the reply is lost.</summary>
    AnswerLost,

    /// <summary>Not written, but the caller cannot know.</summary>
    RequestLost,
}

/// <summary>One node's access to a store, which a test can break.</summary>
public sealed class FaultyStore(IBbsStore store) : IBbsStore
{
    private readonly Queue<CommitFault> _faults = new();
    private TaskCompletionSource? _gate;

    /// <summary>While true, every call fails, as if this node's network were cut.</summary>
    public bool Broken { get; set; }

    /// <summary>How often everything was loaded.</summary>
    public int Loads { get; private set; }

    /// <summary>Every batch to commit, failed attempts included.</summary>
    public List<CommitBatch> Batches { get; } = [];

    public void FailNext(params CommitFault[] faults)
    {
        foreach (var fault in faults)
            _faults.Enqueue(fault);
    }

    /// <summary>Makes commits wait, as on a slow disk, until <see cref="Resume"/>.</summary>
    public void Pause() => _gate = new TaskCompletionSource();

    public void Resume()
    {
        var gate = _gate;
        _gate = null;
        gate?.SetResult();
    }

    /// <summary>Whether the store refuses a row of the batch, as if it broke a constraint.</summary>
    public Func<CommitBatch, bool> Refuses { get; set; } = _ => false;

    /// <summary>How far the server's clock has jumped forward since the last term ended.</summary>
    public TimeSpan ClockJump { get; set; }

    public async Task<LeadershipAttempt> AcquireLeadershipAsync(
        string owner,
        string value,
        TimeSpan ttl,
        CancellationToken cancellationToken
    )
    {
        Reach();
        var attempt = await store.AcquireLeadershipAsync(owner, value, ttl, cancellationToken);
        return attempt with { Vacancy = attempt.Vacancy + ClockJump };
    }

    public Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken)
    {
        Reach();
        return store.RenewLeadershipAsync(epoch, ttl, cancellationToken);
    }

    public Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken)
    {
        Reach();
        return store.ReleaseLeadershipAsync(epoch, cancellationToken);
    }

    public Task MigrateAsync(long epoch, CancellationToken cancellationToken)
    {
        Reach();
        return store.MigrateAsync(epoch, cancellationToken);
    }

    public Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken)
    {
        Reach();
        Loads++;
        return store.LoadAsync(reader, cancellationToken);
    }

    public Task<bool> IsMigratedAsync(CancellationToken cancellationToken)
    {
        Reach();
        return store.IsMigratedAsync(cancellationToken);
    }

    public Task<StateChanges?> ReadChangesAsync(ulong since, CancellationToken cancellationToken)
    {
        Reach();
        return store.ReadChangesAsync(since, cancellationToken);
    }

    public async Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken)
    {
        Batches.Add(batch);
        if (_gate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
        Reach();
        var fault = _faults.TryDequeue(out var next) ? next : CommitFault.None;
        if (Refuses(batch))
            throw new StoreException("a row breaks a constraint of the test's") { RowRefused = true };
        if (fault == CommitFault.Broken)
            throw new InvalidOperationException("broken by the test");
        if (fault == CommitFault.Refused)
            throw new StoreException("refused by the test");
        if (fault != CommitFault.RequestLost)
            await store.CommitAsync(batch, cancellationToken);
        if (fault != CommitFault.None)
            throw new StoreException("the answer was lost by the test", outcomeUnknown: true);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private void Reach()
    {
        if (Broken)
            throw new StoreException("the way to the store is cut by the test");
    }
}
