using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>An image store for one test. It mounts images the way containers see them.</summary>
internal sealed class ImageStoreFixture : IDisposable
{
    private readonly List<string> _mounts = [];

    public ImageStoreFixture() => Directory = System.IO.Directory.CreateTempSubdirectory("images-").FullName;

    public string Directory { get; }

    public ImageOptions Options { get; } = new() { Registry = { RetryPause = TimeSpan.FromMilliseconds(20), Attempts = 4 } };

    public string Downloads => Path.Combine(Directory, "store", "downloads");

    public ImageStore Open() => new(Path.Combine(Directory, "store"), Options, new Dictionary<string, string>(), TimeProvider.System);

    /// <summary>Prepares an image and mounts it.</summary>
    /// <returns>The directory of the mount.</returns>
    public async Task<string> MountAsync(
        ImageStore store,
        string url,
        RegistryCredentials? credentials = null,
        ImagePullPolicy? policy = null
    )
    {
        using var held = await store.PrepareAsync(
            new ImageRequest(url) { Credentials = credentials, Policy = policy },
            CancellationToken.None
        );
        var place = Path.Combine(Directory, $"mount-{_mounts.Count}");
        var (upper, work, merged) = (Path.Combine(place, "upper"), Path.Combine(place, "work"), Path.Combine(place, "merged"));
        foreach (var directory in (string[])[upper, work, merged])
            System.IO.Directory.CreateDirectory(directory);
        await Mounts.OverlayAsync(held.Image.LowerRoot, held.Image.Lower, upper, work, merged, devices: false);
        _mounts.Add(merged);
        return merged;
    }

    /// <summary>Expects that an image is refused, and returns the message. By default the fault must be the request's.</summary>
    public static async Task<string> RefusedAsync(
        ImageStore store,
        string url,
        RegistryCredentials? credentials = null,
        ErrorKind kind = ErrorKind.InvalidRequest
    )
    {
        var refused = await Assert.ThrowsAsync<DomainException>(() =>
            store.PrepareAsync(new ImageRequest(url) { Credentials = credentials }, CancellationToken.None)
        );
        Assert.Equal(kind, refused.Kind);
        return refused.Message;
    }

    public void Dispose()
    {
        foreach (var mount in _mounts)
            Mounts.Remove(mount);
        Assert.Empty(Mounts.Below(Directory));
        FileTree.Remove(Directory);
    }
}
