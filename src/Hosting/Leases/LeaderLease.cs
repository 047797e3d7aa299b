using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Hosting.Leases;

/// <summary>
/// A leader lease: runs a body only while this process holds a lock of the BBS. The body is cancelled before the lease can have expired,
/// measured on this process's monotonic clock from the moment the last successful renewal was sent. A holder that cannot reach the BBS
/// therefore stops before another may start.
/// </summary>
public sealed partial class LeaderLease(
    LockService.LockServiceClient locks,
    LeaseOptions options,
    TimeProvider time,
    ILogger<LeaderLease> logger
)
{
    private readonly Jitter _jitter = new(options.Seed);
    private readonly LockEntry _lock = new()
    {
        Key = options.Key,
        Owner = options.Owner,
        Value = options.Value,
    };

    /// <summary>Whether the body is running.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>
    /// Acquires the lock, runs <paramref name="body"/>, and starts over when the lease is lost. Returns after <paramref name="stopping"/>
    /// fires, with the lock released. A body that returns also ends this method. A body that throws ends only the term: the lock is
    /// released, and after a pause this process competes for it again.
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
                    // A connection that breaks while the term ends is reported as a connection error, not as a cancellation.
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
            // Stop requested while waiting for the lock.
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

    /// <summary>
    /// Renews until the lease is about to expire, then cancels the body; an unexpected failure of renewal also cancels it. Never throws.
    /// </summary>
    private async Task RenewAsync(long sentAt, CancellationTokenSource leading)
    {
        try
        {
            var pause = options.RenewInterval;
            while (true)
            {
                await Task.Delay(Shorter(pause, Left()), time, leading.Token);
                var tryAt = time.GetTimestamp();
                // A renewal may take at most the rest of the lease: a later answer is worthless.
                if (Left() <= TimeSpan.Zero)
                    break;
                if (await TryAcquireAsync(Shorter(options.RenewInterval, Left()), leading.Token) is not { } refusal)
                {
                    (sentAt, pause) = (tryAt, options.RenewInterval);
                    continue;
                }

                // A renewal that hung may have used a third of the lease, so retry soon instead of sleeping for a whole interval.
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

        // Remaining lease time, minus the time needed to stop.
        TimeSpan Left()
        {
            var left = options.Ttl - LeaseOptions.RetryInterval - time.GetElapsedTime(sentAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <returns>Null if acquired, otherwise the reason.</returns>
    private async Task<string?> TryAcquireAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var request = new AcquireLockRequest { Lock = _lock, TtlMs = (uint)options.Ttl.TotalMilliseconds };
        Task acquired;
        try
        {
            acquired = locks
                .AcquireAsync(request, deadline: (time.GetUtcNow() + patience).UtcDateTime, cancellationToken: cancellationToken)
                .ResponseAsync;
        }
        catch (Exception failure)
        {
            acquired = Task.FromException(failure);
        }

        await acquired.Ended();
        if (acquired.Failure() is not { } refusal)
            return null;
        if (refusal is not DomainException)
            cancellationToken.ThrowIfCancellationRequested();
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
            // The lock expires by itself.
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
