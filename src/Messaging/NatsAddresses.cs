namespace Scheduler.Messaging;

/// <summary>The servers to try in turn: the configured ones, and those that they announced. Not thread-safe.</summary>
internal sealed class NatsAddresses(IEnumerable<NatsAddress> configured)
{
    /// <summary>A cluster has a handful of members; a server that announces more cannot be trusted.</summary>
    public const int MaxLearnt = 64;

    private readonly List<NatsAddress> _configured = [.. configured];
    private readonly List<NatsAddress> _learnt = [];
    private int _turn;

    /// <summary>All servers in turn, the configured ones first.</summary>
    public NatsAddress Next()
    {
        var turn = _turn % (_configured.Count + _learnt.Count);
        _turn = turn + 1;
        return turn < _configured.Count ? _configured[turn] : _learnt[turn - _configured.Count];
    }

    /// <summary>A server's announcement of its cluster replaces the previous one.</summary>
    public void Learn(NatsAddress from, IEnumerable<string> addresses)
    {
        var learnt = new List<NatsAddress>();
        foreach (var address in addresses)
        {
            if (learnt.Count < MaxLearnt && from.Peer(address) is { } peer && !_configured.Exists(peer.IsAt) && !learnt.Exists(peer.IsAt))
                learnt.Add(peer);
        }

        // A server that knows no other may have just started.
        if (learnt.Count == 0)
            return;
        _learnt.Clear();
        _learnt.AddRange(learnt);
    }
}
