using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Hosting.Events;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>A reader of the event stream like any client, with the product's own follower. Checks everything that it receives.</summary>
internal sealed class ObserverComponent(
    SimulatedCluster cluster,
    string name,
    Machine machine,
    Func<ulong, ulong?> printAt,
    TimeSpan clockTolerance
) : Component(cluster, name, machine)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(300);

    private readonly FollowedState _state = new(cluster.Violated, () => clockTolerance);
    private bool _hasSnapshot;
    private ulong _seen;
    private ulong _complete;
    private int _takenOfSeen;
    private int _repeated;

    /// <summary>How often the followed state was compared with the database.</summary>
    public long Compared { get; private set; }

    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var follower = new EventFollower(
            new GrpcBbsEvents(BbsOf(process).Invoker),
            new FollowRequest(),
            _ => RetryPause,
            process.Time,
            NullLogger.Instance
        );
        return follower.RunAsync(FollowAsync, stopping);
    }

    private async Task<bool> FollowAsync(EventStream stream)
    {
        if (stream.BeginsWithSnapshot)
        {
            _hasSnapshot = false;
            _state.BeginSnapshot();
        }

        // Events already read of an incomplete revision are repeated in the same order.
        _repeated = _hasSnapshot && _seen > _complete ? _takenOfSeen : 0;
        while (await stream.MoveNextAsync())
            Take(stream.Take());
        return false;
    }

    private void Take(Event next)
    {
        switch (next.PayloadCase)
        {
            case Event.PayloadOneofCase.SnapshotComplete:
                _state.EndSnapshot();
                _hasSnapshot = true;
                _seen = _complete = next.Revision;
                Compare();
                return;
            // The first heartbeat of a resumed stream names the revision to resume from; events read after that revision are repeated.
            case Event.PayloadOneofCase.Heartbeat when _repeated > 0 && next.Revision == _complete:
                return;
            case Event.PayloadOneofCase.Heartbeat:
                if (next.Revision < _seen)
                    Cluster.Violated(FollowedState.StreamRule, $"a heartbeat of revision {next.Revision} after {_seen}");
                _seen = _complete = next.Revision;
                Compare();
                return;
        }

        if (_hasSnapshot)
        {
            if (_repeated > 0 && next.Revision == _seen)
            {
                _repeated--;
                return;
            }

            if (next.Revision < _seen)
                Cluster.Violated(FollowedState.StreamRule, $"revision {next.Revision} after {_seen}");
            if (next.Revision <= _complete)
                Cluster.Violated(FollowedState.StreamRule, $"revision {next.Revision} again, after it was complete");
            if (next.Revision > _seen)
            {
                (_complete, _seen, _takenOfSeen) = (_seen, next.Revision, 0);
                Compare();
            }

            _takenOfSeen++;
        }

        _state.Apply(next);
    }

    private void Compare()
    {
        if (printAt(_complete) is not { } print)
            return;
        Compared++;
        if (print != _state.Print)
            Cluster.Violated(FollowedState.StreamRule, $"at revision {_complete} the follower's rows are not the database's");
    }
}
