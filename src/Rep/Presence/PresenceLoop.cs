using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Presence;

/// <summary>
/// Keeps the cell known to the BBS. What cannot be announced now is announced later, for ever: containers run on meanwhile.
/// A rep that ends without having been evacuated says nothing, so that its successor is in time to renew.
/// </summary>
/// <param name="returned">Called when the cell is known again after its presence may have run out.</param>
internal sealed class PresenceLoop(
    CellProfile profile, string owner, IBbsCalls bbs, RepOptions options, Action returned, Jitter jitter, TimeProvider time, ILogger logger)
{
    // An attempt takes as long as a renewal may last when nobody answers: two in vain and a full pause after each would be all of the time to live.
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _withdrawn;
    private bool _known = true;
    private long? _renewedAt;

    /// <summary>Ends with the first success.</summary>
    public Task Announced => _announced.Task;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!_withdrawn)
        {
            var isHeard = await AnnounceAsync(cancellation);
            await Task.Delay(jitter.Period(isHeard ? options.PresenceRenewal : RetryPause), time, cancellation);
        }
    }

    /// <summary>The cell goes for good: nothing of it becomes suspect. When the BBS is away the presence runs out by itself.</summary>
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
                options.BbsTimeout, time, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.NotWithdrawn(options.CellId, failure.Message);
        }
    }

    /// <returns>False when nobody has heard it, and the presence goes on running out.</returns>
    private async Task<bool> AnnounceAsync(CancellationToken cancellation)
    {
        var sentAt = time.GetTimestamp();
        try
        {
            await Deadline.CallAsync(
                async ended =>
                {
                    await bbs.AnnounceAsync(
                        new AnnounceCellRequest { Presence = PresenceOf(profile), Owner = owner, TtlMs = (uint)options.PresenceTtl.TotalMilliseconds }, ended);
                    return true;
                },
                // One that is slower than that is overtaken by the next.
                options.PresenceRenewal, time, cancellation);
            if (!_announced.Task.IsCompleted || !_known) logger.Announced(options.CellId);
            _known = true;
            _announced.TrySetResult();
            var ranOut = _renewedAt is { } last && time.GetElapsedTime(last) >= options.PresenceTtl;
            _renewedAt = sentAt;
            if (ranOut) returned();
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
            if (_known) logger.NotAnnounced(options.CellId, failure.Message);
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
            Capacity = new CellCapacity { MemoryMb = profile.Total.MemoryMb, DiskMb = profile.Total.DiskMb, Containers = profile.Total.Containers },
        };
        presence.RootfsProviders.Add(RootFsProviders.Of(profile));
        presence.PlacementTags.Add(profile.PlacementTags);
        presence.OptionalPlacementTags.Add(profile.OptionalPlacementTags);
        return presence;
    }
}
