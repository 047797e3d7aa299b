using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>
/// Index of the slots that wait for a domain's freshness. Each slot waits for at most one, so a domain change touches only the slots that
/// depend on it.
/// </summary>
internal sealed class DomainWaits
{
    private readonly Dictionary<LrpKey, string> _domains = [];
    private readonly Dictionary<string, HashSet<LrpKey>> _slots = [];

    /// <summary>The slots that wait for the domain, or null.</summary>
    public HashSet<LrpKey>? On(string domain) => _slots.GetValueOrDefault(domain);

    /// <param name="domain">Null if the slot waits for none.</param>
    public void Set(LrpKey slot, string? domain)
    {
        // The usual case: the slot waited for no domain and still does not.
        if (domain is null && _domains.Count == 0)
            return;
        if (_domains.TryGetValue(slot, out var before))
        {
            if (before == domain)
                return;
            _domains.Remove(slot);
            _slots[before].Remove(slot);
            if (_slots[before].Count == 0)
                _slots.Remove(before);
        }
        if (domain is null)
            return;
        _domains.Add(slot, domain);
        if (!_slots.TryGetValue(domain, out var slots))
            _slots.Add(domain, slots = []);
        slots.Add(slot);
    }

    public void Clear()
    {
        _domains.Clear();
        _slots.Clear();
    }
}
