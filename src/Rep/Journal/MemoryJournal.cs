namespace Scheduler.Rep.Journal;

/// <summary>For simulated cells and tests: keep the object over the restart of a rep, and it is what a disk would be.</summary>
internal sealed class MemoryJournal(TimeProvider time, Func<Guid> newGuid) : ICellJournal
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JournalEntry> _entries = new(StringComparer.Ordinal);
    private JournalIdentity? _identity;

    public Task<JournalContent> OpenAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _identity = JournalIdentity.Next(_identity, time.GetUtcNow(), newGuid);
            return Task.FromResult(new JournalContent(_identity.Owner, _identity.Incarnation, DiskMb: null, [.. _entries.Values]));
        }
    }

    public Task SaveAsync(JournalEntry entry, CancellationToken cancellation)
    {
        lock (_lock) _entries[entry.ContainerGuid] = entry;
        return Task.CompletedTask;
    }

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation)
    {
        lock (_lock) _entries.Remove(containerGuid);
        return Task.CompletedTask;
    }
}
