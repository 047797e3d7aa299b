using System.Runtime.InteropServices;
using Scheduler.Models;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>
/// Desired routes × running instances, and the changes to publish for each change of either. Pure: events in, <see cref="RouteChanges"/>
/// out. What is published depends only on the latest version of each row, so repeated or late events change nothing.
/// </summary>
internal sealed partial class RoutingTable
{
    private readonly List<Registration> _before = [];
    private readonly List<Registration> _after = [];
    private Dictionary<string, ProcessEntry> _processes = new(StringComparer.Ordinal);
    private HashSet<string> _holding = new(StringComparer.Ordinal);
    private PublishedRoutes _published = new();
    private AddressBook _addresses = new();

    public int HttpRouteCount => _published.HttpCount;

    public int InternalRouteCount => _published.InternalCount;

    public bool IsPublished(RouterKey key) => _published.Contains(key);

    /// <summary>A desired LRP was created or changed.</summary>
    public void SetDesired(DesiredRoutes desired, RouteChanges changes)
    {
        var entry = EntryOf(desired.ProcessGuid);
        if (entry.Desired is { } known && !entry.HoldsAnything && !known.Tag.SucceededBy(desired.Tag))
            return;
        Release(desired.ProcessGuid, entry);
        Swap(entry, desired, changes);
    }

    public void RemoveDesired(string processGuid, ModificationTag tag, RouteChanges changes)
    {
        if (!_processes.TryGetValue(processGuid, out var entry) || entry.Desired is not { } known || !MayRemove(known.Tag, tag))
            return;
        Release(processGuid, entry);
        Swap(entry, null, changes);
        Forget(processGuid, entry);
    }

    /// <summary>An instance is RUNNING and routable.</summary>
    public void SetInstance(RoutableInstance row, RouteChanges changes)
    {
        var entry = EntryOf(row.Key.ProcessGuid);
        entry.Rows.TryGetValue(row.RowKey, out var known);
        if (known is not null && !known.Tag.SucceededBy(row.Tag))
            return;

        _before.Clear();
        _after.Clear();
        if (known is not null)
            ProcessEntry.AppendRegistrations(entry.Desired, known, _before);
        ProcessEntry.AppendRegistrations(entry.Desired, row, _after);

        foreach (var registration in _after)
            _published.Add(registration, !entry.HasEndpoint(registration.Endpoint), changes);
        foreach (var registration in _before)
            _published.Remove(registration, changes);

        if (known is not null)
            ForgetAddresses(known);
        NoteAddresses(row, changes);
        entry.Rows[row.RowKey] = row;
    }

    /// <summary>An instance no longer runs, is no longer routable, or is gone.</summary>
    public void RemoveInstance(LrpKey key, InstanceRowKey rowKey, ModificationTag tag, RouteChanges changes)
    {
        if (
            !_processes.TryGetValue(key.ProcessGuid, out var entry)
            || !entry.Rows.TryGetValue(rowKey, out var known)
            || !MayRemove(known.Tag, tag)
        )
            return;

        _before.Clear();
        ProcessEntry.AppendRegistrations(entry.Desired, known, _before);
        foreach (var registration in _before)
            _published.Remove(registration, changes);

        ForgetAddresses(known);
        entry.Rows.Remove(rowKey);
        Forget(key.ProcessGuid, entry);
    }

    /// <summary>Appends everything of one kind that the routers should know, for the periodic registration.</summary>
    public void AppendAll(RouteKind kind, List<Registration> into)
    {
        foreach (var entry in _processes.Values)
        {
            foreach (var row in entry.Rows.Values)
            {
                _after.Clear();
                ProcessEntry.AppendRegistrations(entry.Desired, row, _after);
                foreach (var registration in _after)
                {
                    // Several rows may share a key; repeat the registration published last.
                    if (registration.Route.Kind == kind && _published.Speaks(registration))
                        into.Add(registration);
                }
            }
        }
    }

    // Usually the removal names the version held; an older version means a late event.
    private static bool MayRemove(ModificationTag held, ModificationTag given) => held == given || held.SucceededBy(given);

    private void Swap(ProcessEntry entry, DesiredRoutes? desired, RouteChanges changes)
    {
        _before.Clear();
        _after.Clear();
        foreach (var row in entry.Rows.Values)
        {
            ProcessEntry.AppendRegistrations(entry.Desired, row, _before);
            ProcessEntry.AppendRegistrations(desired, row, _after);
        }

        foreach (var registration in _after)
            _published.Add(registration, isNewEndpoint: false, changes);
        foreach (var registration in _before)
            _published.Remove(registration, changes);
        entry.Desired = desired;
    }

    private ProcessEntry EntryOf(string processGuid)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_processes, processGuid, out _);
        return entry ??= new ProcessEntry();
    }

    private void Forget(string processGuid, ProcessEntry entry)
    {
        if (entry.IsEmpty)
            _processes.Remove(processGuid);
    }

    private void NoteAddresses(RoutableInstance row, RouteChanges changes)
    {
        foreach (var endpoint in row.Endpoints)
        {
            if (endpoint.Kind == RouteKind.Http && _addresses.Add(endpoint))
                changes.AddressCollisions++;
        }
    }

    private void ForgetAddresses(RoutableInstance row)
    {
        foreach (var endpoint in row.Endpoints)
        {
            if (endpoint.Kind == RouteKind.Http)
                _addresses.Remove(endpoint);
        }
    }
}
