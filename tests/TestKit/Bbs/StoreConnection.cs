using Scheduler.Bbs.Storage;

namespace Scheduler.Tests.TestKit.Bbs;

/// <summary>What happens to the next commit.</summary>
public enum CommitFault
{
    None,

    /// <summary>Nothing is written, and the caller knows.</summary>
    Refused,

    /// <summary>It is written, but the answer is lost.</summary>
    AnswerLost,

    /// <summary>It is not written, and the caller cannot know.</summary>
    RequestLost,
}

/// <summary>One node's way to the shared store, which a test can break.</summary>
public sealed class StoreConnection(InMemoryBbsStore store) : IBbsStore
{
    private readonly Queue<CommitFault> _faults = new();
    private TaskCompletionSource? _gate;

    /// <summary>While true, nothing gets through: as when this node's network is cut.</summary>
    public bool Broken { get; set; }

    public void FailNext(params CommitFault[] faults)
    {
        foreach (var fault in faults) _faults.Enqueue(fault);
    }

    /// <summary>Commits wait from now on, as on a slow disk or in a paused process, until <see cref="Resume"/>.</summary>
    public void Pause() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Resume()
    {
        var gate = _gate;
        _gate = null;
        gate?.SetResult();
    }

    public Task<LeadershipAttempt> AcquireLeadershipAsync(string owner, string value, TimeSpan ttl, CancellationToken cancellationToken)
    {
        Reach();
        return Task.FromResult(store.Acquire(owner, value, ttl));
    }

    public Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken)
    {
        Reach();
        store.Renew(epoch, ttl);
        return Task.CompletedTask;
    }

    public Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken)
    {
        Reach();
        store.Release(epoch);
        return Task.CompletedTask;
    }

    public Task MigrateAsync(long epoch, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken)
    {
        Reach();
        return Task.FromResult(store.Load(reader));
    }

    public async Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken)
    {
        if (_gate is { } gate) await gate.Task.WaitAsync(cancellationToken);
        Reach();
        switch (_faults.TryDequeue(out var fault) ? fault : CommitFault.None)
        {
            case CommitFault.None:
                store.Commit(batch);
                break;
            case CommitFault.Refused:
                throw new StoreException("refused by the test");
            case CommitFault.AnswerLost:
                store.Commit(batch);
                throw new StoreException("the answer was lost by the test", outcomeUnknown: true);
            case CommitFault.RequestLost:
                throw new StoreException("the request was lost by the test", outcomeUnknown: true);
            default:
                throw new InvalidOperationException($"fault {fault} is not one of the list");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Reach()
    {
        if (Broken) throw new StoreException("the way to the store is cut by the test");
    }
}
