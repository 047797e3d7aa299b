namespace Scheduler.Rep.Journal;

/// <summary>
/// One container's entry, in memory and on disk. A change is on disk when its call returns. When it cannot be written the cell
/// goes on with what it has in memory: only a restart would miss it, and every later change writes the whole entry again.
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
            lock (_lock) return _entry;
        }
    }

    public Task UpdateAsync(Func<JournalEntry, JournalEntry> change)
    {
        lock (_lock)
        {
            _entry = change(_entry);
            if (_removed) return Task.CompletedTask;
            var changed = _entry;
            return _lastWrite = WriteAsync(_lastWrite, () => journal.SaveAsync(changed, CancellationToken.None));
        }
    }

    /// <summary>The last thing done: nothing is written any more.</summary>
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

    /// <summary>Writes the note unless there is one, and returns what is written.</summary>
    public async Task<long> NoteOnceAsync(string key, long value)
    {
        if (Note(key) is { } known) return known;
        await UpdateAsync(entry => entry.Notes.ContainsKey(key)
            ? entry
            : entry with { Notes = new Dictionary<string, long>(entry.Notes) { [key] = value } });
        return Note(key) ?? value;
    }

    /// <summary>True the first time.</summary>
    public async Task<bool> MarkAsync(string key, DateTimeOffset at)
    {
        if (HasMark(key)) return false;
        await NoteOnceAsync(key, at.UtcTicks);
        return true;
    }

    /// <summary>When that happened: now, if it has not been written down before.</summary>
    public async Task<DateTimeOffset> TimeOfAsync(string key, DateTimeOffset now) =>
        new(await NoteOnceAsync(key, now.UtcTicks), TimeSpan.Zero);

    private async Task WriteAsync(Task before, Func<Task> write)
    {
        await before; // never fails: failures are told below
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
