using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Rollouts;

/// <summary>Lets one client at a time carry out an app's rollout. When that client dies, another can go on after some seconds.</summary>
internal sealed class RolloutLock : IAsyncDisposable
{
    // Three renewals may fail before another client takes over.
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(4);

    private readonly ClientSession _session;
    private readonly AcquireLockRequest _request;
    private long _renewedAt;

    private RolloutLock(ClientSession session, string app)
    {
        _session = session;
        _request = new AcquireLockRequest
        {
            Lock = new LockEntry
            {
                Key = $"rollout/{app}",
                Owner = $"{Environment.MachineName}, process {Environment.ProcessId}, {Guid.NewGuid():N}",
            },
            TtlMs = (uint)Ttl.TotalMilliseconds,
        };
    }

    /// <exception cref="DomainException">LockCollision: another client has it.</exception>
    public static async Task<RolloutLock> AcquireAsync(ClientSession session, string app, CancellationToken cancellationToken)
    {
        var made = new RolloutLock(session, app);
        try
        {
            await made.AcquireAsync(cancellationToken);
            return made;
        }
        catch (DomainException taken) when (taken.Kind == ErrorKind.LockCollision)
        {
            throw new DomainException(
                new DomainError(
                    ErrorKind.LockCollision,
                    $"another client carries out the rollout of {app} ({taken.Message}); if it died, try again in {Ttl.TotalSeconds:0} s"
                ),
                taken
            );
        }
    }

    /// <exception cref="DomainException">LockCollision: it was lost to another client.</exception>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (_session.Time.GetElapsedTime(_renewedAt) >= Renewal)
            await AcquireAsync(cancellationToken);
    }

    /// <summary>Frees it, also after Ctrl-C. If that fails, it expires.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _session.Locks.ReleaseAsync(
                new ReleaseLockRequest { Key = _request.Lock.Key, Owner = _request.Lock.Owner },
                _session.Call(CancellationToken.None)
            );
        }
        catch (DomainException failure) when (failure.Kind is ErrorKind.LockCollision or ErrorKind.Unavailable or ErrorKind.NotActive)
        {
            // It is not ours any more, or will not be soon.
        }
    }

    private async Task AcquireAsync(CancellationToken cancellationToken)
    {
        await _session.Locks.AcquireAsync(_request, _session.Call(cancellationToken));
        _renewedAt = _session.Time.GetTimestamp();
    }
}
