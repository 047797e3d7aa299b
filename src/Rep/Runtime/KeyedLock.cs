namespace Scheduler.Rep.Runtime;

/// <summary>A lock with one holder per key, or so many; unused keys are removed.</summary>
internal sealed class KeyedLock(int holders = 1)
{
    private readonly Dictionary<string, Entry> _entries = [];

    public async Task<IDisposable> EnterAsync(string key, CancellationToken cancellation)
    {
        Entry entry;
        lock (_entries)
        {
            if (!_entries.TryGetValue(key, out entry!))
                _entries.Add(key, entry = new Entry(holders));
            entry.Users++;
        }

        try
        {
            await entry.Gate.WaitAsync(cancellation);
        }
        catch
        {
            Leave(key, entry);
            throw;
        }

        return new Holder(this, key, entry);
    }

    private void Leave(string key, Entry entry)
    {
        lock (_entries)
        {
            if (--entry.Users > 0)
                return;
            _entries.Remove(key);
            entry.Gate.Dispose();
        }
    }

    private sealed class Entry(int holders)
    {
        public SemaphoreSlim Gate { get; } = new(holders);

        public int Users { get; set; }
    }

    private sealed class Holder(KeyedLock owner, string key, Entry entry) : IDisposable
    {
        private bool _disposed;

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            entry.Gate.Release();
            owner.Leave(key, entry);
        }
    }
}
