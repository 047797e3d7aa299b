using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Images.Content;

/// <summary>Limits of images. Layers are stored in <c>images</c> below the runtime's state directory.</summary>
public sealed class ImageOptions
{
    /// <summary>Size of one unpacked layer. Stops decompression bombs; the largest common language stacks have about 2 GB.</summary>
    [Range(1, long.MaxValue)]
    [Setting("Maximum unpacked size of an image layer in bytes")]
    public long MaxLayerBytes { get; set; } = 8L << 30;

    /// <summary>Files, directories and links of one layer: inodes run out before bytes do.</summary>
    [Range(1, int.MaxValue)]
    [Setting("Maximum number of files, directories and links in an image layer")]
    public int MaxLayerEntries { get; set; } = 1_000_000;

    /// <summary>Size of an index, manifest or image configuration. Real ones have some kilobytes; containerd has the same limit.</summary>
    [Range(1, 1 << 30)]
    [Setting("Maximum size of an image index, manifest or configuration in bytes", Name = "max-image-document-bytes")]
    public int MaxDocumentBytes { get; set; } = 8 << 20;

    /// <summary>Number of layers of one image. Docker's own limit is 125.</summary>
    [Range(1, 500)]
    [Setting("Maximum number of layers of an image")]
    public int MaxLayers { get; set; } = 127;

    /// <summary>
    /// Size of all layers of a registry's image, as downloaded. The largest, with models for accelerators, have about 10 GB.
    /// </summary>
    [Range(1, long.MaxValue)]
    [Setting("Maximum total size of the layers of an image in a registry in bytes")]
    public long MaxImageBytes { get; set; } = 16L << 30;

    /// <summary>If unpacked layers take more than this, unused ones are removed, least recently used first.</summary>
    [Range(0, long.MaxValue)]
    [Setting("Total size of unpacked layers in bytes above which unused ones are removed", Name = "max-image-store-bytes")]
    public long MaxStoreBytes { get; set; } = 20L << 30;

    public RegistryOptions Registry { get; init; } = new();
}
