using Scheduler.Contracts.V1;

namespace Scheduler.Hosting.Events;

/// <summary>How far the event stream has been read, to go on from there when it is lost.</summary>
internal sealed class EventCursor
{
    private ulong _seen;

    /// <summary>Whether the whole state has been read; without it there is nothing to go on from.</summary>
    public bool HasSnapshot { get; private set; }

    /// <summary>The last revision of which every event was seen.</summary>
    public ulong Complete { get; private set; }

    public void Forget() => HasSnapshot = false;

    /// <summary>The whole state of that revision has been read, by another way than the stream.</summary>
    public void Begin(ulong revision)
    {
        HasSnapshot = true;
        Complete = _seen = revision;
    }

    // The events of one commit share a revision, and the stream may end among them: a revision is complete once there is
    // a sign of a later moment. Events read twice after that change nothing.
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
