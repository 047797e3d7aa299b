using Scheduler.Contracts.V1;

namespace Scheduler.Hosting.Events;

/// <summary>Position in the event stream, from which reading continues after the stream is lost.</summary>
internal sealed class EventCursor
{
    private ulong _seen;

    /// <summary>Whether the whole state has been read; without it reading cannot be resumed.</summary>
    public bool HasSnapshot { get; private set; }

    /// <summary>The last revision of which every event was received.</summary>
    public ulong Complete { get; private set; }

    public void Forget() => HasSnapshot = false;

    /// <summary>The whole state of that revision has been read by other means than the stream.</summary>
    public void Begin(ulong revision)
    {
        HasSnapshot = true;
        Complete = _seen = revision;
    }

    // The events of one commit share a revision, and the stream may end among them. A revision is complete once something later arrives.
    // Events that are then read twice change nothing.
    public void Note(Event change)
    {
        switch (change.PayloadCase)
        {
            case Event.PayloadOneofCase.SnapshotComplete:
                Begin(change.Revision);
                break;
            case Event.PayloadOneofCase.Heartbeat:
                Complete = _seen = change.Revision;
                break;
            default:
                if (HasSnapshot && change.Revision > _seen)
                    (Complete, _seen) = (_seen, change.Revision);
                break;
        }
    }
}
