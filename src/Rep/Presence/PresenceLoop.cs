using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Presence;

/// <summary>
/// Keeps the cell's presence alive in the BBS. Retries failed announcements indefinitely; containers run on meanwhile.
/// A rep that exits without evacuation does not withdraw, so that its successor can renew the presence in time.
/// </summary>
/// <param name="returned">Called when an announcement succeeds after the presence may have expired.</param>
internal sealed class PresenceLoop(
    CellProfile profile,
    string owner,
    IBbsCalls bbs,
    RepOptions options,
    Action returned,
    Jitter jitter,
    TimeProvider time,
    ILogger logger
)
{
    // With no answer, an attempt takes a whole renewal period: two failed attempts, each with a full pause, would use up the time to live.
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _withdrawn;
    private bool _known = true;
    private long? _renewedAt;

    /// <summary>Completes with the first successful announcement.</summary>
    public Task Announced => _announced.Task;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!_withdrawn)
        {
            var isHeard = await AnnounceAsync(cancellation);
            await Task.Delay(jitter.Period(isHeard ? options.PresenceRenewal : RetryPause), time, cancellation);
        }
    }

    /// <summary>
    /// Withdraws a cell that leaves for good, so that none of its instances becomes suspect. Without the BBS the presence just expires.
    /// </summary>
    public async Task WithdrawAsync(CancellationToken cancellation)
    {
        _withdrawn = true;
        try
        {
            await Deadline.CallAsync(
                async ended =>
                {
                    await bbs.WithdrawAsync(new WithdrawCellRequest { CellId = options.CellId, Owner = owner }, ended);
                    return true;
                },
                options.BbsTimeout,
                time,
                cancellation
            );
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.NotWithdrawn(options.CellId, failure.Message);
        }
    }

    /// <returns>False if the BBS did not take the announcement; the presence keeps running out.</returns>
    private async Task<bool> AnnounceAsync(CancellationToken cancellation)
    {
        var sentAt = time.GetTimestamp();
        try
        {
            await Deadline.CallAsync(
                async ended =>
                {
                    await bbs.AnnounceAsync(
                        new AnnounceCellRequest
                        {
                            Presence = PresenceOf(profile),
                            Owner = owner,
                            TtlMs = (uint)options.PresenceTtl.TotalMilliseconds,
                        },
                        ended
                    );
                    return true;
                },
                // A slower call would overlap with the next renewal.
                options.PresenceRenewal,
                time,
                cancellation
            );
            if (!_announced.Task.IsCompleted || !_known)
                logger.Announced(options.CellId);
            _known = true;
            _announced.TrySetResult();
            var ranOut = _renewedAt is { } last && time.GetElapsedTime(last) >= options.PresenceTtl;
            _renewedAt = sentAt;
            if (ranOut)
                returned();
            return true;
        }
        catch (DomainException collision) when (collision.Kind == ErrorKind.LockCollision)
        {
            _known = false;
            logger.CellIdTaken(options.CellId, collision.Message);
            return true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            if (_known)
                logger.NotAnnounced(options.CellId, failure.Message);
            _known = false;
            return false;
        }
    }

    internal static CellPresence PresenceOf(CellProfile profile)
    {
        var presence = new CellPresence
        {
            CellId = profile.CellId.Value,
            RepAddress = profile.RepUrl,
            RepUrl = profile.RepUrl,
            Zone = profile.Zone,
            Capacity = new CellCapacity
            {
                MemoryMb = profile.Total.MemoryMb,
                DiskMb = profile.Total.DiskMb,
                Containers = profile.Total.Containers,
            },
        };
        presence.RootfsProviders.Add(RootFsProviders.Of(profile));
        presence.PlacementTags.Add(profile.PlacementTags);
        presence.OptionalPlacementTags.Add(profile.OptionalPlacementTags);
        return presence;
    }
}
