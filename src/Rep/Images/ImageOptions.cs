using System.ComponentModel.DataAnnotations;

namespace Scheduler.Rep.Images;

/// <summary>How much room images may take. Layers live in <c>images</c> below the runtime's state directory.</summary>
public sealed class ImageOptions
{
    public const string Section = "Images";

    /// <summary>One layer, unpacked. Stops a small archive that unpacks to everything; the largest common language stacks have about 2 GB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxLayerBytes { get; set; } = 8L << 30;

    /// <summary>Files, directories and links of one layer: inodes run out before bytes do.</summary>
    [Range(1, int.MaxValue)]
    public int MaxLayerEntries { get; set; } = 1_000_000;

    /// <summary>An index, manifest or image configuration. Real ones have some kilobytes; containerd's limit is the same.</summary>
    [Range(1, 1 << 30)]
    public int MaxDocumentBytes { get; set; } = 8 << 20;

    /// <summary>Layers of one image. Docker's own limit is 125.</summary>
    [Range(1, 500)]
    public int MaxLayers { get; set; } = 127;

    /// <summary>When unpacked layers take more than this, those that no container uses go, the one longest unused first.</summary>
    [Range(0, long.MaxValue)]
    public long MaxStoreBytes { get; set; } = 20L << 30;
}
