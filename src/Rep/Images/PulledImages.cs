using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images;

/// <summary>The image that a name referred to when it was last pulled.</summary>
internal sealed record PulledImage(string Name, IReadOnlyList<ImageLayer> Layers, OciProcessDefaults Defaults);

/// <summary>
/// The images that names referred to when they were pulled, so that an instance can restart without the registry. An image pulled with
/// credentials of the work is stored under these too: other work gets it only after presenting the same to the registry.
/// </summary>
internal sealed class PulledImages
{
    /// <summary>Limit, because work can make up names at no cost; a cell has a few hundred.</summary>
    private const int Most = 10_000;

    private readonly string _directory;
    private int _sequence;

    public PulledImages(string directory) => Directory.CreateDirectory(_directory = directory);

    public ImageManifest? Find(ImageName name, RegistryCredentials? credentials)
    {
        return Read(FileOf(name, credentials)) is { } pulled && pulled.Name == name.ToString()
            ? new ImageManifest(pulled.Layers, pulled.Defaults)
            : null;
    }

    public void Keep(ImageName name, RegistryCredentials? credentials, ImageManifest manifest)
    {
        var file = FileOf(name, credentials);
        var temporary = $"{file}.{Interlocked.Increment(ref _sequence)}.tmp";
        File.WriteAllBytes(
            temporary,
            JsonSerializer.SerializeToUtf8Bytes(
                new PulledImage(name.ToString(), manifest.Layers, manifest.Defaults),
                StoreJson.Default.PulledImage
            )
        );
        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>Removes entries whose images can no longer start without the registry.</summary>
    public void Collect(Func<ImageLayer, bool> isHere)
    {
        var files = new DirectoryInfo(_directory).GetFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).ToList();
        for (var number = 0; number < files.Count; number++)
        {
            if (number >= Most || Read(files[number].FullName) is not { } pulled || !pulled.Layers.All(isHere))
                files[number].Delete();
        }
    }

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

    private string FileOf(ImageName name, RegistryCredentials? credentials)
    {
        var key = credentials is null ? $"{name}" : $"{name}\n{credentials.User}\n{credentials.Password}";
        return Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".json");
    }
}
