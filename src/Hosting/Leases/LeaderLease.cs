using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Hosting.Leases;

/// <summary>
/// Runs a body while this process holds a lock of the BBS, and only then. The body is cancelled before the lease can have
/// run out, measured on this process's own monotonic clock from the moment the last successful renewal was sent; so a holder
/// that cannot reach the BBS stops by itself before another may start.
/// </summary>
public sealed partial class LeaderLease(
    LockService.LockServiceClient locks, LeaseOptions options, TimeProvider time, ILogger<LeaderLease> logger)
{
    private readonly Jitter _jitter = new(options.Seed);
    private readonly LockEntry _lock = new() { Key = options.Key, Owner = options.Owner, Value = options.Value };

    /// <summary>Whether the body is running.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>
    /// Takes the lock, runs <paramref name="body"/>, and starts over when the lease is lost. Returns after
    /// <paramref name="stopping"/>, with the lock released. A body that returns ends this too. A body that throws ends the term only:
    /// the lock is released, and after a pause this process competes for it again.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> body, CancellationToken stopping)
    {
        try
        {
            while (await AcquireAsync(stopping) is { } sentAt)
            {
                var failed = false;
                using var leading = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                LogHeld(logger, options.Key);
                IsHeld = true;
                var renewal = RenewAsync(sentAt, leading);
                try
                {
                    await body(leading.Token);
                    return;
                }
                catch (OperationCanceledException) when (leading.IsCancellationRequested)
                {
                    if (!stopping.IsCancellationRequested)
                        LogLost(logger, options.Key);
                }
                catch (Exception failure) when (leading.IsCancellationRequested)
                {
                    // A connection that breaks while the term ends is reported as an error of the connection, not as a cancellation.
                    LogBrokeOff(logger, options.Key, failure.Message);
                }
                catch (Exception failure)
                {
                    failed = true;
                    LogTermFailed(logger, failure, options.Key);
                }
                finally
                {
                    IsHeld = false;
                    leading.Cancel();
                    await renewal;
                    await ReleaseAsync();
                }

                if (failed)
                    await Task.Delay(_jitter.Retry(LeaseOptions.RetryInterval), time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop while waiting for the lock.
        }
    }

    private async Task<long?> AcquireAsync(CancellationToken stopping)
    {
        string? lastRefusal = null;
        while (!stopping.IsCancellationRequested)
        {
            var sentAt = time.GetTimestamp();
            if (await TryAcquireAsync(options.RenewInterval, stopping) is not { } refusal)
                return sentAt;
            if (refusal != lastRefusal)
                LogWaiting(logger, options.Key, refusal);
            lastRefusal = refusal;
            await Task.Delay(_jitter.Retry(LeaseOptions.RetryInterval), time, stopping);
        }

        return null;
    }

    /// <summary>Renews until the lease is in danger, then cancels the body; also when renewing fails in a way that nobody expects. Never throws.</summary>
    private async Task RenewAsync(long sentAt, CancellationTokenSource leading)
    {
        try
        {
            var pause = options.RenewInterval;
            while (true)
            {
                await Task.Delay(Shorter(pause, Left()), time, leading.Token);
                var tryAt = time.GetTimestamp();
                // A renewal may take as long as is left of the lease and no longer: its answer after that is worth nothing.
                if (Left() <= TimeSpan.Zero)
                    break;
                if (await TryAcquireAsync(Shorter(options.RenewInterval, Left()), leading.Token) is not { } refusal)
                {
                    (sentAt, pause) = (tryAt, options.RenewInterval);
                    continue;
                }

                // One that hung may have cost a third of the lease: what is left of it is not slept away.
                LogRenewalFailed(logger, options.Key, refusal);
                pause = _jitter.Retry(LeaseOptions.RetryInterval);
            }
        }
        catch (OperationCanceledException) when (leading.IsCancellationRequested)
        {
            // The body ended first.
        }
        catch (Exception failure)
        {
            LogTermFailed(logger, failure, options.Key);
        }
        finally
        {
            leading.Cancel();
        }

        // Of the lease, less what it takes to stop.
        TimeSpan Left()
        {
            var left = options.Ttl - LeaseOptions.RetryInterval - time.GetElapsedTime(sentAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <returns>null when held, else why not.</returns>
    private async Task<string?> TryAcquireAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var request = new AcquireLockRequest { Lock = _lock, TtlMs = (uint)options.Ttl.TotalMilliseconds };
        Task acquired;
        try
        {
            acquired = locks.AcquireAsync(request, deadline: (time.GetUtcNow() + patience).UtcDateTime, cancellationToken: cancellationToken).ResponseAsync;
        }
        catch (Exception failure)
        {
            acquired = Task.FromException(failure);
        }

        await acquired.Ended();
        if (acquired.Failure() is not { } refusal) return null;
        if (refusal is not DomainException) cancellationToken.ThrowIfCancellationRequested();
        return refusal.Message;
    }

    private async Task ReleaseAsync()
    {
        try
        {
            var request = new ReleaseLockRequest { Key = options.Key, Owner = options.Owner };
            await locks.ReleaseAsync(request, deadline: (time.GetUtcNow() + LeaseOptions.RetryInterval).UtcDateTime);
        }
        catch (Exception failure)
        {
            // The lock runs out by itself.
            LogNotReleased(logger, options.Key, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Acquired the lock {Lock}; this process is now active")]
    private static partial void LogHeld(ILogger logger, string @lock);

    [LoggerMessage(LogLevel.Information, "Standing by for the lock {Lock}: {Why}")]
    private static partial void LogWaiting(ILogger logger, string @lock, string why);

    [LoggerMessage(LogLevel.Warning, "Lock {Lock} could not be renewed; retrying until the lease expires: {Why}")]
    private static partial void LogRenewalFailed(ILogger logger, string @lock, string why);

    [LoggerMessage(LogLevel.Warning, "Lost the lock {Lock}; this process is now on standby")]
    private static partial void LogLost(ILogger logger, string @lock);

    [LoggerMessage(LogLevel.Debug, "Work under the lock {Lock} was interrupted because its term ended: {Why}")]
    private static partial void LogBrokeOff(ILogger logger, string @lock, string why);

    [LoggerMessage(LogLevel.Error, "Term under the lock {Lock} failed; this process releases the lock and competes for it again")]
    private static partial void LogTermFailed(ILogger logger, Exception failure, string @lock);

    [LoggerMessage(LogLevel.Warning, "Lock {Lock} could not be released and remains held until it expires: {Why}")]
    private static partial void LogNotReleased(ILogger logger, string @lock, string why);
}
