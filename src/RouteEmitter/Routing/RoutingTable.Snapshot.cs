namespace Scheduler.RouteEmitter.Routing;

internal sealed partial class RoutingTable
{
    /// <summary>
    /// Replaces the content with a table built from a snapshot, and reports the changes. Instances are taken as the snapshot has them. A
    /// missing route counts as withdrawn only if its domain is fresh, that is, if the desired LRPs are declared complete; otherwise it is
    /// held.
    /// </summary>
    /// <param name="fresh">The table of the snapshot; do not use it afterwards.</param>
    /// <param name="isFresh">Whether a domain is fresh.</param>
    /// <param name="changes">Receives the changes to publish.</param>
    public void ReplaceWith(RoutingTable fresh, Func<string, bool> isFresh, RouteChanges changes)
    {
        var aside = new RouteChanges();
        foreach (var (processGuid, old) in _processes)
        {
            if (old.Desired is { } desired && !isFresh(desired.Domain))
                fresh.Hold(processGuid, desired, aside);
        }

        foreach (var (processGuid, entry) in fresh._processes)
            Compare(_processes.GetValueOrDefault(processGuid), entry, fresh._published, changes);
        foreach (var (key, holders) in _published.ByKey)
        {
            if (!fresh._published.Contains(key))
                changes.Unregister.Add(holders[^1]);
        }

        _processes = fresh._processes;
        _holding = fresh._holding;
        _published = fresh._published;
        _addresses = fresh._addresses;
    }

    /// <summary>The domain's desired LRPs are complete again: removes the routes that were held.</summary>
    public void ReleaseHeld(string domain, RouteChanges changes)
    {
        if (_holding.Count == 0)
            return;
        foreach (var processGuid in _holding.ToArray())
        {
            var entry = _processes[processGuid];
            if (entry.Desired is not { } desired || desired.Domain != domain)
                continue;
            var rest = entry.IsDesiredHeld
                ? null
                : desired with
                {
                    Routes = [.. desired.Routes.Where(route => !entry.HeldRoutes.Contains(route))],
                };
            Release(processGuid, entry);
            Swap(entry, rest, changes);
            Forget(processGuid, entry);
        }
    }

    private void Compare(ProcessEntry? old, ProcessEntry entry, PublishedRoutes wanted, RouteChanges changes)
    {
        foreach (var row in entry.Rows.Values)
        {
            _after.Clear();
            ProcessEntry.AppendRegistrations(entry.Desired, row, _after);
            foreach (var registration in _after)
            {
                if (!wanted.Speaks(registration))
                    continue;
                if (!_published.ByKey.TryGetValue(registration.Key, out var told) || !told[^1].IsSameAs(registration))
                    changes.Register.Add(new NewRegistration(registration, old?.HasEndpoint(registration.Endpoint) != true));
            }
        }
    }

    private void Hold(string processGuid, DesiredRoutes old, RouteChanges changes)
    {
        var entry = EntryOf(processGuid);
        if (entry.Desired is not { } current)
        {
            entry.IsDesiredHeld = true;
            _holding.Add(processGuid);
            Swap(entry, old, changes);
            return;
        }

        Route[] missing = [.. old.Routes.Where(route => !current.Routes.Any(route.IsSameAs))];
        if (missing.Length == 0)
            return;
        entry.HeldRoutes = missing;
        _holding.Add(processGuid);
        Swap(entry, current with { Routes = [.. current.Routes, .. missing] }, changes);
    }

    private void Release(string processGuid, ProcessEntry entry)
    {
        entry.HeldRoutes = [];
        entry.IsDesiredHeld = false;
        _holding.Remove(processGuid);
    }
}
