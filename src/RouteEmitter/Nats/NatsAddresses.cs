namespace Scheduler.RouteEmitter.Nats;

/// <summary>Which server to try next: those that were configured, and those that they told of. Not thread-safe.</summary>
internal sealed class NatsAddresses(IEnumerable<NatsAddress> configured)
{
    /// <summary>A cluster has a handful of members; what tells of more is no server to be believed.</summary>
    public const int MaxLearnt = 64;

    private readonly List<NatsAddress> _configured = [.. configured];
    private readonly List<NatsAddress> _learnt = [];
    private int _turn;

    /// <summary>All in turn, the configured ones first.</summary>
    public NatsAddress Next()
    {
        var turn = _turn % (_configured.Count + _learnt.Count);
        _turn = turn + 1;
        return turn < _configured.Count ? _configured[turn] : _learnt[turn - _configured.Count];
    }

    /// <summary>What a server says of its cluster replaces what the one before said.</summary>
    public void Learn(NatsAddress from, IEnumerable<string> addresses)
    {
        var learnt = new List<NatsAddress>();
        foreach (var address in addresses)
        {
            if (learnt.Count < MaxLearnt && from.Peer(address) is { } peer && !_configured.Exists(peer.IsAt) && !learnt.Exists(peer.IsAt))
                learnt.Add(peer);
        }

        // A server that knows of no other may be one that has just started.
        if (learnt.Count == 0)
            return;
        _learnt.Clear();
        _learnt.AddRange(learnt);
    }
}
