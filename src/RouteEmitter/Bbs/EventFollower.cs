using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.RouteEmitter.Emission;

namespace Scheduler.RouteEmitter.Bbs;

/// <summary>
/// Keeps the event stream open: first a snapshot, then what changes. A lost stream is resumed where it ended; only
/// when the BBS no longer remembers that far back is there a new snapshot.
/// </summary>
internal sealed class EventFollower(IBbsEvents bbs, RouteEmitterOptions options, TimeProvider time, ILogger<EventFollower> logger)
{
    private readonly Jitter _jitter = new(options.Seed);
    private bool _isSnapshotWhole;
    private ulong _seen;
    private ulong _complete;

    /// <summary>The next stream begins with a snapshot.</summary>
    public void BeginTerm() => _isSnapshotWhole = false;

    public async Task RunAsync(ChannelWriter<Signal> signals, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await FollowOnceAsync(signals, cancellationToken);
                logger.StreamLost("the BBS closed it", _complete);
            }
            catch (DomainException refusal) when (refusal.Kind == ErrorKind.RevisionGone)
            {
                logger.RevisionGone(_complete);
                _isSnapshotWhole = false;
            }
            catch (DomainException failure)
            {
                logger.StreamLost(failure.Message, _complete);
            }

            await Task.Delay(_jitter.Retry(options.StreamRetry), time, cancellationToken);
        }
    }

    /// <summary>Reads one stream to its end.</summary>
    internal async Task FollowOnceAsync(ChannelWriter<Signal> signals, CancellationToken cancellationToken)
    {
        var request = new FollowRequest { CellId = options.CellId, Lrps = true, DomainsAndCells = true };
        if (_isSnapshotWhole)
        {
            request.AfterRevision = _complete;
        }
        else
        {
            request.Snapshot = true;
            await signals.WriteAsync(new Signal(SignalKind.SnapshotBegins), cancellationToken);
        }

        await foreach (var change in bbs.FollowAsync(request, cancellationToken))
        {
            Note(change);
            await signals.WriteAsync(new Signal(SignalKind.Event, change), cancellationToken);
        }
    }

    // The events of one commit share a revision and the stream may end among them: a revision is complete once there is a sign of a
    // later moment. Those read twice after a resumption change nothing.
    private void Note(Event change)
    {
        switch (change.PayloadCase)
        {
            case Event.PayloadOneofCase.SnapshotComplete:
                _isSnapshotWhole = true;
                _complete = _seen = change.Revision;
                break;
            case Event.PayloadOneofCase.Heartbeat:
                _complete = _seen = change.Revision;
                break;
            default:
                if (_isSnapshotWhole && change.Revision > _seen)
                    (_complete, _seen) = (_seen, change.Revision);
                break;
        }
    }
}
