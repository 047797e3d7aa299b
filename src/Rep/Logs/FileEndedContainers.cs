using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Logs;

/// <summary>Stores one file per record, so that records outlive the rep; removes the oldest first.</summary>
/// <param name="most">Maximum number of files.</param>
internal sealed class FileEndedContainers(string directory, int most) : IEndedContainers
{
    private const string Extension = ".json";
    private readonly Lock _lock = new();

    public Task KeepAsync(EndedContainer ended, CancellationToken cancellation)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(ended, EndedJson.Default.EndedContainer);
        var file = Path.Combine(directory, $"{Prefix(ended.Guid)}-{(ended.IsTask ? "task" : Text(ended.Index))}{Extension}");
        lock (_lock)
        {
            // Only the cell may read what containers write.
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            PrivateFile.Write(file + ".new", content);
            File.Move(file + ".new", file, overwrite: true);
            Trim();
        }

        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<EndedContainer>> FindAsync(string guid, int? index, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
            return [];
        var found = new List<EndedContainer>();
        foreach (var file in Directory.EnumerateFiles(directory, $"{Prefix(guid)}-{(index is { } one ? Text(one) : "*")}{Extension}"))
        {
            if (await ReadAsync(file, cancellation) is { } ended && ended.Guid == guid)
                found.Add(ended);
        }

        return [.. found.OrderBy(ended => ended.Index)];
    }

    private void Trim()
    {
        var files = new DirectoryInfo(directory).GetFiles("*" + Extension);
        foreach (var oldest in files.OrderBy(file => file.LastWriteTimeUtc).Take(files.Length - most))
            oldest.Delete();
    }

    private static async Task<EndedContainer?> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return await JsonSerializer.DeserializeAsync(stream, EndedJson.Default.EndedContainer, cancellation);
        }
        catch (Exception failure) when (failure is FileNotFoundException or JsonException)
        {
            return null; // trimmed in the meantime, or the machine lost power before the content reached the disk
        }
    }

    // GUIDs of tasks may contain characters that are invalid in file names.
    private static string Prefix(string guid) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(guid)).AsSpan(0, 16));

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}
