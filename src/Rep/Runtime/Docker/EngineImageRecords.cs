using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>An image that the engine has got for this cell.</summary>
/// <param name="Name">As in <see cref="KeptImage.Name"/>.</param>
/// <param name="Reference">What the engine knows it by besides its id.</param>
/// <param name="Id">The engine's id of what the name led to.</param>
internal sealed record EngineImageRecord(string Name, string Reference, string Id)
{
    public string Digest { get; init; } = "";

    public int Layers { get; init; }

    public long Bytes { get; init; }

    public DateTimeOffset PulledAt { get; init; }

    /// <summary>Pulled with credentials of the work.</summary>
    public bool IsPrivate { get; init; }

    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>When it was last used: the time of the record's file.</summary>
    [JsonIgnore]
    public DateTimeOffset UsedAt { get; init; }

    /// <summary>The record's file.</summary>
    [JsonIgnore]
    public string File { get; init; } = "";
}

/// <summary>
/// Which image a name led to when it was pulled, so that instances of one LRP run the same, and work gets images that were pulled with
/// credentials only after presenting the same to the registry. The engine itself knows no owners of images.
/// </summary>
internal sealed class EngineImageRecords
{
    private readonly string _directory;
    private readonly TimeProvider _time;
    private int _sequence;

    public EngineImageRecords(string directory, TimeProvider time)
    {
        (_directory, _time) = (directory, time);
        Directory.CreateDirectory(directory);
    }

    public EngineImageRecord? Find(string name, RegistryCredentials? credentials) =>
        Read(FileOf(name, credentials)) is { } record && record.Name == name ? record : null;

    public void Keep(EngineImageRecord record, RegistryCredentials? credentials)
    {
        var file = FileOf(record.Name, credentials);
        var temporary = $"{file}.{Interlocked.Increment(ref _sequence)}.tmp";
        File.WriteAllBytes(
            temporary,
            JsonSerializer.SerializeToUtf8Bytes(
                record with
                {
                    IsPrivate = credentials is not null,
                },
                EngineImageJson.Default.EngineImageRecord
            )
        );
        File.Move(temporary, file, overwrite: true);
        Use(file);
    }

    public void Use(EngineImageRecord record) => Use(record.File);

    public IReadOnlyList<EngineImageRecord> All() =>
        [
            .. Directory
                .GetFiles(_directory, "*.json")
                .Select(Read)
                .OfType<EngineImageRecord>()
                .OrderBy(record => record.Name, StringComparer.Ordinal),
        ];

    public static void Remove(EngineImageRecord record) => File.Delete(record.File);

    private void Use(string file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            // it was removed meanwhile
        }
    }

    /// <summary>Null if there is none, or only a partial one because the machine went down during the write.</summary>
    private static EngineImageRecord? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), EngineImageJson.Default.EngineImageRecord) is { } record
                ? record with
                {
                    File = file,
                    UsedAt = File.GetLastWriteTimeUtc(file),
                }
                : null;
        }
        catch (Exception missing) when (missing is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    private string FileOf(string name, RegistryCredentials? credentials)
    {
        var key = credentials is null ? name : $"{name}\n{credentials.User}\n{credentials.Password}";
        return Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".json");
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EngineImageRecord))]
internal sealed partial class EngineImageJson : JsonSerializerContext;
