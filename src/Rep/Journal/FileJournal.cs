using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Journal;

/// <summary>
/// A journal with one small file per container, replaced atomically by renaming. Files are not synced to disk: the journal must
/// survive the rep, but not a power failure, which ends the containers too.
/// </summary>
/// <param name="freeDiskMb">Measures the free space on the cell's disk, in MB.</param>
internal sealed class FileJournal(
    string directory,
    TimeProvider time,
    Func<Guid> newGuid,
    Func<int> freeDiskMb,
    ILogger<FileJournal> logger
) : ICellJournal, IDisposable
{
    private const string Extension = ".json";
    private readonly string _entries = Path.Combine(directory, "containers");
    private FileStream? _lock;

    public async Task<JournalContent> OpenAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(_entries);
        // The environment of work contains secrets.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Lock();

        var found = new List<JournalEntry>();
        foreach (var file in Directory.EnumerateFiles(_entries, "*" + Extension).Order(StringComparer.Ordinal))
        {
            if (await ReadAsync(file, JournalJson.Default.JournalEntry, cancellation) is { } entry)
                found.Add(entry);
        }

        var identityFile = Path.Combine(directory, "identity.json");
        var last = await ReadAsync(identityFile, JournalJson.Default.JournalIdentity, cancellation);
        // Data written by containers is not free and is also covered by their reservations, so a restart would count it twice.
        var disk = found.Count > 0 && last?.DiskMb is { } measured ? measured : freeDiskMb();
        var identity = JournalIdentity.Next(last, time.GetUtcNow(), newGuid) with { DiskMb = disk };
        await WriteAsync(identityFile, identity, JournalJson.Default.JournalIdentity, cancellation);
        return new JournalContent(identity.Owner, identity.Incarnation, disk, found);
    }

    public Task SaveAsync(JournalEntry entry, CancellationToken cancellation) =>
        WriteAsync(FileOf(entry.ContainerGuid), entry, JournalJson.Default.JournalEntry, cancellation);

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation)
    {
        File.Delete(FileOf(containerGuid));
        return Task.CompletedTask;
    }

    public void Dispose() => _lock?.Dispose();

    /// <summary>Two reps on one directory would run each other's containers.</summary>
    private void Lock()
    {
        try
        {
            _lock = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure)
        {
            throw new InvalidOperationException($"{directory} is in use by another rep; give each rep its own state directory", failure);
        }
    }

    private string FileOf(string containerGuid) => Path.Combine(_entries, containerGuid + Extension);

    private async Task<T?> ReadAsync<T>(
        string file,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type,
        CancellationToken cancellation
    )
        where T : class
    {
        if (!File.Exists(file))
            return null;
        try
        {
            await using var stream = File.OpenRead(file);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellation);
        }
        catch (JsonException failure)
        {
            logger.UnreadableEntry(file, failure);
            return null;
        }
    }

    private static async Task WriteAsync<T>(
        string file,
        T content,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type,
        CancellationToken cancellation
    )
    {
        var written = file + ".new";
        await using (var stream = File.Create(written))
            await JsonSerializer.SerializeAsync(stream, content, type, cancellation);
        File.Move(written, file, overwrite: true);
    }
}
