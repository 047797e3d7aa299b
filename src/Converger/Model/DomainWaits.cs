using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>Which slots wait for which domain's freshness: each for at most one, so that a domain's news reach only those that it concerns.</summary>
internal sealed class DomainWaits
{
    private readonly Dictionary<LrpKey, string> _domains = [];
    private readonly Dictionary<string, HashSet<LrpKey>> _slots = [];

    /// <summary>The slots that wait for the domain, or null.</summary>
    public HashSet<LrpKey>? On(string domain) => _slots.GetValueOrDefault(domain);

    /// <param name="domain">Null: the slot waits for none.</param>
    public void Set(LrpKey slot, string? domain)
    {
        // What nearly every call finds: it waited for none, and still does.
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
