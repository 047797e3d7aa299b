namespace Scheduler.Rep.Journal;

/// <summary>Journal for simulated cells and tests: an object kept across a restart of the rep stands for the disk.</summary>
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
        lock (_lock)
            _entries[entry.ContainerGuid] = entry;
        return Task.CompletedTask;
    }

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation)
    {
        lock (_lock)
            _entries.Remove(containerGuid);
        return Task.CompletedTask;
    }
}
