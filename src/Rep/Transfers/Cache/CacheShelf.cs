using System.Text.Json;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers.Cache;

/// <summary>
/// The cached downloads on disk, within one limit together with those under way. An entry appears by a rename when it is complete. It is
/// never changed, and is removed when nobody uses it: because it was replaced, or as the least recently used when room is needed.
/// </summary>
internal sealed class CacheShelf
{
    private const string FactsFile = "entry.json";
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _entries;
    private readonly string _partial;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _byKey = new(StringComparer.Ordinal);
    private long _used;
    private int _sequence;

    /// <summary>Adopts what an earlier rep left; removes what it had not finished.</summary>
    public CacheShelf(string directory, long limit, TimeProvider time)
    {
        (_limit, _time) = (limit, time);
        _entries = Path.Combine(directory, "entries");
        _partial = Path.Combine(directory, "partial");
        FileTree.Remove(_partial);

        // A crash of the machine may have lost content that was not yet on its disk: nothing is kept over one.
        var bootFile = Path.Combine(directory, "boot");
        var boot = File.ReadAllText(BootIdFile);
        if (!File.Exists(bootFile) || File.ReadAllText(bootFile) != boot)
            FileTree.Remove(_entries);
        foreach (var made in (string[])[directory, _entries, _partial])
            Directory.CreateDirectory(made, OwnerOnly);
        File.WriteAllText(bootFile, boot);
        foreach (var found in Directory.GetDirectories(_entries))
            Adopt(found);
    }

    /// <summary>Disk in use and reserved.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
                return _used;
        }
    }

    /// <summary>A new scratch directory. The caller removes what it leaves in it.</summary>
    public string NewPartial()
    {
        var path = Path.Combine(_partial, $"{Interlocked.Increment(ref _sequence)}");
        Directory.CreateDirectory(path, OwnerOnly);
        return path;
    }

    public static string ContentOf(string partial) => Path.Combine(partial, "content");

    /// <summary>The current entry of a key, or null.</summary>
    public Held? Find(string key)
    {
        lock (_lock)
            return _byKey.TryGetValue(key, out var entry) ? Hold(entry) : null;
    }

    /// <summary>The entry of that name, also if it was replaced; null if it is gone.</summary>
    public Held? HoldByName(string name)
    {
        lock (_lock)
            return _byName.TryGetValue(name, out var entry) ? Hold(entry) : null;
    }

    /// <summary>Turns a partial directory into an entry, which replaces the key's former one.</summary>
    public Held Publish(EntryFacts facts, string partial, Room room)
    {
        room.GrowTo(facts.Disk);
        File.WriteAllText(Path.Combine(partial, FactsFile), JsonSerializer.Serialize(facts, CacheJson.Default.EntryFacts));
        lock (_lock)
        {
            Directory.Move(partial, Path.Combine(_entries, facts.Name));
            room.HandOver(facts.Disk);
            return Hold(Add(facts, _time.GetUtcNow(), isNewest: true));
        }
    }

    /// <summary>The server said that the entry is current.</summary>
    public void Touch(Held held)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(held.Facts.Name, out var entry))
                Use(entry);
        }
    }

    /// <summary>Removes what belongs to users that are gone. Call when those of an earlier rep hold what they use again.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach (var entry in _byName.Values.Where(entry => entry.Holds == 0 && !IsCurrent(entry)).ToList())
                Remove(entry);
        }
    }

    /// <summary>Room for a download under way.</summary>
    public Room Reserve() => new(this);

    private void Adopt(string directory)
    {
        try
        {
            var path = Path.Combine(directory, FactsFile);
            var facts = JsonSerializer.Deserialize(File.ReadAllText(path), CacheJson.Default.EntryFacts);
            if (facts is not null && facts.Name == Path.GetFileName(directory) && facts.Disk >= 0)
            {
                _used += facts.Disk;
                Add(facts, File.GetLastWriteTimeUtc(path), isNewest: false);
                return;
            }
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            // Not an entry, or one whose facts are lost: without them it is of no use.
        }

        FileTree.Remove(directory);
    }

    /// <param name="isNewest">
    /// False for one that was found: two of one key are left when a rep ended between the publication of the later and the removal of the
    /// earlier.
    /// </param>
    private Entry Add(EntryFacts facts, DateTimeOffset usedAt, bool isNewest)
    {
        var entry = new Entry(facts) { UsedAt = usedAt };
        _byName.Add(facts.Name, entry);
        if (facts.Key is not { } key)
            return entry;

        var former = _byKey.GetValueOrDefault(key);
        if (former is not null && !isNewest && former.UsedAt > usedAt)
            return entry;
        _byKey[key] = entry;
        if (former is { Holds: 0 })
            Remove(former);
        return entry;
    }

    private Held Hold(Entry entry)
    {
        entry.Holds++;
        Use(entry);
        return new Held(entry.Facts, ContentOf(Path.Combine(_entries, entry.Facts.Name)), () => Release(entry));
    }

    private void Use(Entry entry)
    {
        entry.UsedAt = _time.GetUtcNow();
        File.SetLastWriteTimeUtc(Path.Combine(_entries, entry.Facts.Name, FactsFile), entry.UsedAt.UtcDateTime);
    }

    private void Release(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Holds == 0 && !IsCurrent(entry))
                Remove(entry);
        }
    }

    private bool IsCurrent(Entry entry) => entry.Facts.Key is { } key && _byKey.GetValueOrDefault(key) == entry;

    private void Remove(Entry entry)
    {
        // Renamed first: a part of an entry must never be taken for one.
        var doomed = Path.Combine(_partial, $"removed-{entry.Facts.Name}");
        Directory.Move(Path.Combine(_entries, entry.Facts.Name), doomed);
        _byName.Remove(entry.Facts.Name);
        if (IsCurrent(entry))
            _byKey.Remove(entry.Facts.Key!);
        FileTree.Remove(doomed);
        _used -= entry.Facts.Disk;
    }

    private void Grow(long bytes)
    {
        lock (_lock)
        {
            while (_used + bytes > _limit)
            {
                var oldest = _byName.Values.Where(entry => entry.Holds == 0).MinBy(entry => entry.UsedAt);
                if (oldest is null)
                    throw new TransferException(
                        $"the cell's download cache has no room for it: all of its {_limit} bytes are in use or too few"
                    );
                Remove(oldest);
            }

            _used += bytes;
        }
    }

    private void Shrink(long bytes)
    {
        lock (_lock)
            _used -= bytes;
    }

    private sealed class Entry(EntryFacts facts)
    {
        public EntryFacts Facts => facts;

        public int Holds { get; set; }

        public DateTimeOffset UsedAt { get; set; }
    }

    /// <summary>Disk reserved for a download under way; what it does not hand over to an entry is free again when it is disposed.</summary>
    internal sealed class Room(CacheShelf shelf) : IDisposable
    {
        /// <summary>Reserved in steps, so that not every buffer takes the lock.</summary>
        private const long Step = 1 << 20;

        private long _reserved;

        /// <exception cref="TransferException">Nothing more can be removed.</exception>
        public void GrowTo(long bytes)
        {
            if (bytes <= _reserved)
                return;
            var more = Math.Max(bytes - _reserved, Math.Min(Step, shelf._limit / 16));
            shelf.Grow(more);
            _reserved += more;
        }

        /// <summary>The entry takes over as much as it needs.</summary>
        public void HandOver(long bytes) => _reserved -= bytes;

        public void Dispose()
        {
            shelf.Shrink(_reserved);
            _reserved = 0;
        }
    }
}
