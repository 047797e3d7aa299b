namespace Scheduler.Rep.Journal;

/// <summary>
/// One container's journal entry, in memory and on disk. A change is on disk when its call returns. If the write fails, the cell
/// continues with the entry in memory: only a restart would lose the change, and every later change writes the whole entry again.
/// </summary>
internal sealed class ContainerJournal(ICellJournal journal, JournalEntry entry, Action<Exception> saveFailed)
{
    private readonly Lock _lock = new();
    private JournalEntry _entry = entry;
    private Task _lastWrite = Task.CompletedTask;
    private bool _removed;

    public JournalEntry Entry
    {
        get
        {
            lock (_lock)
                return _entry;
        }
    }

    public Task UpdateAsync(Func<JournalEntry, JournalEntry> change)
    {
        lock (_lock)
        {
            _entry = change(_entry);
            if (_removed)
                return Task.CompletedTask;
            var changed = _entry;
            return _lastWrite = WriteAsync(_lastWrite, () => journal.SaveAsync(changed, CancellationToken.None));
        }
    }

    /// <summary>Deletes the entry; nothing is written after that.</summary>
    public Task RemoveAsync()
    {
        lock (_lock)
        {
            _removed = true;
            return _lastWrite = WriteAsync(_lastWrite, () => journal.RemoveAsync(_entry.ContainerGuid, CancellationToken.None));
        }
    }

    public long? Note(string key) => Entry.Notes.TryGetValue(key, out var value) ? value : null;

    public bool HasMark(string key) => Note(key) is not null;

    /// <summary>Writes the note unless it exists, and returns the stored value.</summary>
    public async Task<long> NoteOnceAsync(string key, long value)
    {
        if (Note(key) is { } known)
            return known;
        await UpdateAsync(entry =>
            entry.Notes.ContainsKey(key) ? entry : entry with { Notes = new Dictionary<string, long>(entry.Notes) { [key] = value } }
        );
        return Note(key) ?? value;
    }

    /// <summary>Sets a mark; true the first time.</summary>
    public async Task<bool> MarkAsync(string key, DateTimeOffset at)
    {
        if (HasMark(key))
            return false;
        await NoteOnceAsync(key, at.UtcTicks);
        return true;
    }

    /// <summary>The recorded time of an event; records the current time the first time.</summary>
    public async Task<DateTimeOffset> TimeOfAsync(string key, DateTimeOffset now) =>
        new(await NoteOnceAsync(key, now.UtcTicks), TimeSpan.Zero);

    private async Task WriteAsync(Task before, Func<Task> write)
    {
        await before; // never fails: failures are reported below
        try
        {
            await write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            saveFailed(failure);
        }
    }
}
