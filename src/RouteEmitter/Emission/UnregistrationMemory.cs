using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>
/// Unregistrations that a router may have missed: it would keep a dead backend until it goes stale. Some are repeated at intervals, and all
/// are told to a router that begins to listen. A new registration of the same key ends that. Pure: times are offsets from any fixed moment.
/// </summary>
/// <param name="limit">How many are remembered. Further ones are sent only once and left to the router's own pruning.</param>
/// <param name="kept">How long each is remembered. One that is still to be repeated is remembered longer.</param>
internal sealed class UnregistrationMemory(int limit, TimeSpan kept)
{
    private readonly Dictionary<RouterKey, Entry> _remembered = [];
    private readonly List<RouterKey> _done = [];

    public int Count => _remembered.Count;

    /// <summary>Remembers the message and schedules <paramref name="times"/> repetitions.</summary>
    /// <returns>False if the memory is full.</returns>
    public bool Remember(Registration registration, int times, TimeSpan now)
    {
        var key = registration.Key;
        if (_remembered.Count >= limit && !_remembered.ContainsKey(key))
        {
            ForgetOld(now);
            if (_remembered.Count >= limit)
                return false;
        }

        _remembered[key] = new Entry(registration, times, now + kept);
        return true;
    }

    public void Clear() => _remembered.Clear();

    /// <summary>Everything sent lately may be lost: schedules at least this many repetitions of each.</summary>
    public void Owe(int times)
    {
        foreach (var (key, entry) in _remembered)
        {
            if (entry.Left < times)
                _remembered[key] = entry with { Left = times };
        }
    }

    /// <summary>Appends the unregistrations to send now.</summary>
    /// <param name="everything">Not only the scheduled repetitions.</param>
    /// <param name="table">Routes that it currently publishes are not withdrawn, even if an unregistration is still pending.</param>
    /// <param name="into">Receives the registrations to withdraw.</param>
    public void List(bool everything, RoutingTable table, TimeSpan now, List<Registration> into)
    {
        ForgetOld(now);
        foreach (var (key, entry) in _remembered)
        {
            if (table.IsPublished(key))
                _done.Add(key);
            else if (everything || entry.Left > 0)
                into.Add(entry.Registration);
        }

        ForgetDone();
    }

    /// <summary>One repetition was sent. Unregistrations that could not be sent stay pending.</summary>
    public void Sent(Registration registration)
    {
        if (_remembered.TryGetValue(registration.Key, out var entry) && entry.Left > 0)
            _remembered[registration.Key] = entry with { Left = entry.Left - 1 };
    }

    private void ForgetOld(TimeSpan now)
    {
        foreach (var (key, entry) in _remembered)
        {
            if (entry.Left == 0 && entry.Until <= now)
                _done.Add(key);
        }

        ForgetDone();
    }

    private void ForgetDone()
    {
        foreach (var key in _done)
            _remembered.Remove(key);
        _done.Clear();
    }

    private sealed record Entry(Registration Registration, int Left, TimeSpan Until);
}
