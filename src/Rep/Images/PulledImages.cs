using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images;

/// <summary>The image that a name referred to when it was last pulled.</summary>
/// <param name="Name">An <see cref="ImageName"/> in full, or the URL of an image on disk.</param>
internal sealed record PulledImage(string Name, IReadOnlyList<ImageLayer> Layers, OciProcessDefaults Defaults)
{
    // Missing in records written before these were stored.
    public string? Digest { get; init; }

    public DateTimeOffset? PulledAt { get; init; }

    /// <summary>Pulled with credentials of the work.</summary>
    public bool IsPrivate { get; init; }
}

/// <summary>A record, and when its image was last used.</summary>
/// <param name="Record">Name of its file.</param>
internal readonly record struct KnownImage(string Record, PulledImage Image, DateTimeOffset UsedAt);

/// <summary>
/// The images that names referred to when they were pulled, so that an instance can restart without the registry. An image pulled with
/// credentials of the work is stored under these too: other work gets it only after presenting the same to the registry.
/// </summary>
internal sealed class PulledImages
{
    /// <summary>Limit, because work can make up names at no cost; a cell has a few hundred.</summary>
    private const int Most = 10_000;

    private readonly string _directory;
    private readonly TimeProvider _time;
    private int _sequence;

    public PulledImages(string directory, TimeProvider time)
    {
        (_directory, _time) = (directory, time);
        Directory.CreateDirectory(directory);
    }

    public ImageManifest? Find(string name, RegistryCredentials? credentials)
    {
        return Read(FileOf(name, credentials)) is { } pulled && pulled.Name == name
            ? new ImageManifest(pulled.Layers, pulled.Defaults) { Digest = pulled.Digest ?? "" }
            : null;
    }

    /// <summary>Records a use of an image that <see cref="Find"/> returned.</summary>
    public void Used(string name, RegistryCredentials? credentials)
    {
        var file = FileOf(name, credentials);
        try
        {
            File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            // The image was removed meanwhile; its layers stay while they are needed.
        }
    }

    public void Keep(string name, RegistryCredentials? credentials, ImageManifest manifest)
    {
        var file = FileOf(name, credentials);
        var temporary = $"{file}.{Interlocked.Increment(ref _sequence)}.tmp";
        File.WriteAllBytes(
            temporary,
            JsonSerializer.SerializeToUtf8Bytes(
                new PulledImage(name, manifest.Layers, manifest.Defaults)
                {
                    Digest = manifest.Digest,
                    PulledAt = _time.GetUtcNow(),
                    IsPrivate = credentials is not null,
                },
                StoreJson.Default.PulledImage
            )
        );
        File.Move(temporary, file, overwrite: true);
        Used(name, credentials);
    }

    /// <summary>The same, unless the image is recorded already.</summary>
    public void KeepOnce(string name, ImageManifest manifest)
    {
        if (
            Find(name, null) is { } known
            && known.Layers.Select(layer => layer.ChainId).SequenceEqual(manifest.Layers.Select(layer => layer.ChainId))
        )
            Used(name, null);
        else
            Keep(name, null, manifest);
    }

    public IReadOnlyList<KnownImage> All() =>
        [
            .. Files()
                .Select(file => (file, Read(file.FullName)))
                .Where(pair => pair.Item2 is not null)
                .Select(pair => new KnownImage(pair.file.Name, pair.Item2!, pair.file.LastWriteTimeUtc)),
        ];

    /// <param name="record"><see cref="KnownImage.Record"/>.</param>
    public void Remove(string record) => File.Delete(Path.Combine(_directory, record));

    /// <summary>Removes entries whose images can no longer start without the registry.</summary>
    public void Collect(Func<ImageLayer, bool> isHere)
    {
        foreach (var file in Files())
        {
            if (Read(file.FullName) is not { } pulled || !pulled.Layers.All(isHere))
                file.Delete();
        }
    }

    /// <summary>Removes the longest unused entries beyond the limit.</summary>
    public void Trim()
    {
        var files = Files();
        if (files.Length <= Most)
            return;
        foreach (var file in files.OrderByDescending(file => file.LastWriteTimeUtc).Skip(Most))
            file.Delete();
    }

    private FileInfo[] Files() => new DirectoryInfo(_directory).GetFiles("*.json");

    /// <summary>Null if there is none, or only a partial one because the machine went down during the write.</summary>
    private static PulledImage? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), StoreJson.Default.PulledImage) : null;
        }
        catch (JsonException)
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
