using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Logs;

/// <summary>One file for each, so that they outlive the rep; the oldest go first.</summary>
/// <param name="most">Files that are kept.</param>
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
            // What containers write is nobody else's to read.
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            PrivateFile.Write(file + ".new", content);
            File.Move(file + ".new", file, overwrite: true);
            Trim();
        }

        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<EndedContainer>> FindAsync(string guid, int? index, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory)) return [];
        var found = new List<EndedContainer>();
        foreach (var file in Directory.EnumerateFiles(directory, $"{Prefix(guid)}-{(index is { } one ? Text(one) : "*")}{Extension}"))
        {
            if (await ReadAsync(file, cancellation) is { } ended && ended.Guid == guid) found.Add(ended);
        }

        return [.. found.OrderBy(ended => ended.Index)];
    }

    private void Trim()
    {
        var files = new DirectoryInfo(directory).GetFiles("*" + Extension);
        foreach (var oldest in files.OrderBy(file => file.LastWriteTimeUtc).Take(files.Length - most)) oldest.Delete();
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
            return null; // it made room meanwhile, or the machine lost power before it was on the disk
        }
    }

    // Guids of tasks may hold characters that file names cannot.
    private static string Prefix(string guid) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(guid)).AsSpan(0, 16));

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}
