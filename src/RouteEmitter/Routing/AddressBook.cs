using System.Runtime.InteropServices;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>Instances by address, to detect two that claim the same one.</summary>
internal sealed class AddressBook
{
    private readonly Dictionary<(string Host, uint Port), string[]> _owners = [];

    /// <summary>Whether another instance also claims the endpoint's address.</summary>
    public bool Add(Endpoint endpoint)
    {
        ref var owners = ref CollectionsMarshal.GetValueRefOrAddDefault(_owners, (endpoint.Host, endpoint.EffectivePort), out var isKnown);
        if (!isKnown)
        {
            owners = [endpoint.InstanceGuid];
            return false;
        }

        var collides = Array.Exists(owners!, owner => owner != endpoint.InstanceGuid);
        owners = [.. owners!, endpoint.InstanceGuid];
        return collides;
    }

    public void Remove(Endpoint endpoint)
    {
        var address = (endpoint.Host, endpoint.EffectivePort);
        if (!_owners.TryGetValue(address, out var owners))
            return;
        var at = Array.IndexOf(owners, endpoint.InstanceGuid);
        if (at < 0)
            return;
        if (owners.Length == 1)
            _owners.Remove(address);
        else
            _owners[address] = [.. owners[..at], .. owners[(at + 1)..]];
    }
}
