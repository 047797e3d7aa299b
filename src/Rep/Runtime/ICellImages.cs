using Scheduler.Models;

namespace Scheduler.Rep.Runtime;

/// <summary>The images that a runtime keeps on the cell's disk. All methods are thread-safe.</summary>
public interface ICellImages
{
    /// <summary>All images by name, then the layers that no image needs as one without a name, if there are any.</summary>
    IReadOnlyList<KeptImage> List();

    /// <summary>The pulls under way, oldest first.</summary>
    IReadOnlyList<ImagePull> Pulls();

    /// <summary>Asks the image's registry and gets what the cell lacks of it.</summary>
    /// <param name="rootFs">As in <see cref="ContainerSpec.RootFs"/>.</param>
    /// <param name="credentials">Null: those that the cell has for the registry.</param>
    /// <param name="pulling">Called when the pull begins, with a function that tells how far it is.</param>
    /// <exception cref="DomainException">The name or the image is bad, or the registry refuses or does not answer.</exception>
    Task<KeptImage> PullAsync(
        string rootFs,
        RegistryCredentials? credentials,
        Action<Func<ImagePull>> pulling,
        CancellationToken cancellation
    );

    /// <summary>Removes an image and those of its layers that no other needs.</summary>
    /// <returns>Bytes freed.</returns>
    /// <exception cref="DomainException">The cell does not have the image, or a container uses it.</exception>
    Task<long> RemoveAsync(string rootFs);

    /// <summary>Removes all images and layers that no container uses.</summary>
    /// <param name="unusedFor">Only images that were not used for so long; zero: all.</param>
    /// <returns>Images removed, and bytes freed.</returns>
    Task<(int Images, long Bytes)> PruneAsync(TimeSpan unusedFor);
}

/// <summary>An image on the cell's disk.</summary>
public sealed record KeptImage
{
    /// <summary>As in <see cref="ContainerSpec.RootFs"/>, in full; empty for the layers that no image needs.</summary>
    public required string Name { get; init; }

    /// <summary>Digest of the manifest that the name led to; empty if it is not known.</summary>
    public string Digest { get; init; } = "";

    public required int Layers { get; init; }

    /// <summary>Of the unpacked layers, those that other images share included.</summary>
    public required long Bytes { get; init; }

    /// <summary>Null if it is not known.</summary>
    public DateTimeOffset? PulledAt { get; init; }

    /// <summary>When a container was last created from it, or it was last pulled.</summary>
    public required DateTimeOffset LastUsedAt { get; init; }

    /// <summary>Containers that use it, including those being created.</summary>
    public required int Containers { get; init; }

    /// <summary>Pulled with credentials of the work.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Ports that the image exposes, such as <c>8080/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];
}

/// <summary>How far the pull of an image is.</summary>
public sealed record ImagePull
{
    /// <summary>Handle of the container that waits for it; empty for a pull that was asked for by itself.</summary>
    public required string Container { get; init; }

    /// <summary>As in <see cref="ContainerSpec.RootFs"/>.</summary>
    public required string Image { get; init; }

    /// <summary>Layers that are in place, of <see cref="Layers"/>; both 0 until the manifest is here.</summary>
    public int LayersDone { get; init; }

    public int Layers { get; init; }

    /// <summary>Of <see cref="Bytes"/>, those that have come.</summary>
    public long BytesDone { get; init; }

    /// <summary>Of the layers that the cell lacks, as the registry has them; 0 for an image that comes from no registry.</summary>
    public long Bytes { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>What last failed and is being tried again; empty once it works.</summary>
    public string Trouble { get; init; } = "";
}
