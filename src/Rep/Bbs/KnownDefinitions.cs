using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Bbs;

/// <summary>
/// The definitions that the BBS has sent to this cell, so that it sends each version once. Keeps those used last, up to a limit: a cell
/// that starts an instance is likely to start others of the same process.
/// </summary>
/// <param name="maxBytes">Total size of the definitions kept, as on the wire.</param>
internal sealed class KnownDefinitions(int maxBytes)
{
    private readonly Lock _turn = new();
    private readonly Dictionary<string, LinkedListNode<Known>> _known = new(StringComparer.Ordinal);

    // The one used last comes first.
    private readonly LinkedList<Known> _byUse = [];
    private int _bytes;

    public DesiredLRP? Find(string processGuid)
    {
        lock (_turn)
        {
            if (!_known.TryGetValue(processGuid, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Definition;
        }
    }

    public void Learn(DesiredLRP definition)
    {
        var known = new Known(definition, definition.CalculateSize());
        lock (_turn)
        {
            if (_known.TryGetValue(definition.ProcessGuid, out var old))
                Forget(old);
            if (known.Bytes > maxBytes)
                return;
            _known[definition.ProcessGuid] = _byUse.AddFirst(known);
            _bytes += known.Bytes;
            while (_bytes > maxBytes)
                Forget(_byUse.Last!);
        }
    }

    private void Forget(LinkedListNode<Known> node)
    {
        _byUse.Remove(node);
        _known.Remove(node.Value.Definition.ProcessGuid);
        _bytes -= node.Value.Bytes;
    }

    private sealed record Known(DesiredLRP Definition, int Bytes);
}
