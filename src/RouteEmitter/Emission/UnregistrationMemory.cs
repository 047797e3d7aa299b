using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>
/// Unregistrations to repeat, because a router that missed the first one would keep a dead backend until it goes stale. A new registration
/// of the same key ends the repetition. Pure.
/// </summary>
/// <param name="limit">How many are remembered. Further ones are sent only once and left to the router's own pruning.</param>
internal sealed class UnregistrationMemory(int limit)
{
    private readonly Dictionary<RouterKey, (Registration Registration, int Left)> _remembered = [];
    private readonly List<RouterKey> _done = [];

    public int Count => _remembered.Count;

    /// <summary>Schedules <paramref name="times"/> repetitions of the message.</summary>
    /// <returns>False if the memory is full.</returns>
    public bool Remember(Registration registration, int times)
    {
        if (times <= 0)
            return true;
        var key = registration.Key;
        if (_remembered.Count >= limit && !_remembered.ContainsKey(key))
            return false;
        _remembered[key] = (registration, times);
        return true;
    }

    public void Clear() => _remembered.Clear();

    /// <summary>Appends the unregistrations to send now.</summary>
    /// <param name="table">Routes that it currently publishes are not withdrawn, even if an unregistration is still pending.</param>
    /// <param name="into">Receives the registrations to withdraw.</param>
    public void List(RoutingTable table, List<Registration> into)
    {
        _done.Clear();
        foreach (var (key, entry) in _remembered)
        {
            if (table.IsPublished(key))
                _done.Add(key);
            else
                into.Add(entry.Registration);
        }

        foreach (var key in _done)
            _remembered.Remove(key);
    }

    /// <summary>One repetition was sent. Unregistrations that could not be sent stay pending.</summary>
    public void Sent(Registration registration)
    {
        if (!_remembered.TryGetValue(registration.Key, out var entry))
            return;
        if (entry.Left == 1)
            _remembered.Remove(registration.Key);
        else
            _remembered[registration.Key] = entry with { Left = entry.Left - 1 };
    }
}
