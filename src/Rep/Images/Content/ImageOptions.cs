using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Images.Content;

/// <summary>How much room images may take. Layers live in <c>images</c> below the runtime's state directory.</summary>
public sealed class ImageOptions
{
    /// <summary>One layer, unpacked. Stops a small archive that unpacks to everything; the largest common language stacks have about 2 GB.</summary>
    [Range(1, long.MaxValue)]
    [Setting("Unpacked size of one image layer in bytes")]
    public long MaxLayerBytes { get; set; } = 8L << 30;

    /// <summary>Files, directories and links of one layer: inodes run out before bytes do.</summary>
    [Range(1, int.MaxValue)]
    [Setting("Files, directories and links of one image layer")]
    public int MaxLayerEntries { get; set; } = 1_000_000;

    /// <summary>An index, manifest or image configuration. Real ones have some kilobytes; containerd's limit is the same.</summary>
    [Range(1, 1 << 30)]
    [Setting("Size of an image index, manifest or configuration in bytes", Name = "max-image-document-bytes")]
    public int MaxDocumentBytes { get; set; } = 8 << 20;

    /// <summary>Layers of one image. Docker's own limit is 125.</summary>
    [Range(1, 500)]
    [Setting("Layers of one image")]
    public int MaxLayers { get; set; } = 127;

    /// <summary>All layers of an image of a registry, as they come from there. The largest with models for accelerators have some 10 GB.</summary>
    [Range(1, long.MaxValue)]
    [Setting("Size of all layers of an image in a registry in bytes")]
    public long MaxImageBytes { get; set; } = 16L << 30;

    /// <summary>When unpacked layers take more than this, those that no container uses go, the one longest unused first.</summary>
    [Range(0, long.MaxValue)]
    [Setting("Size of all unpacked layers in bytes above which unused ones are removed", Name = "max-image-store-bytes")]
    public long MaxStoreBytes { get; set; } = 20L << 30;

    public RegistryOptions Registry { get; init; } = new();
}
