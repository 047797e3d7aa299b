using System.Text;

namespace Scheduler.Rep.Images.Content;

/// <summary>An image as described by its documents.</summary>
/// <param name="Layers">Lowest first.</param>
internal sealed record ImageManifest(IReadOnlyList<ImageLayer> Layers, OciProcessDefaults Defaults)
{
    /// <summary>Digest of the manifest or index that its name led to; empty for an archive without one.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The image's configuration as its author wrote it; empty unless it has just been read.</summary>
    public ReadOnlyMemory<byte> Config { get; init; }
}

/// <param name="DiffId">Digest of the layer's tar archive before compression.</param>
/// <param name="ChainId">Digest of all diff ids up to this one; identifies a root filesystem with this layer on top.</param>
internal sealed record ImageLayer(OciDescriptor Blob, string DiffId, string ChainId)
{
    /// <summary>Name of the image in messages.</summary>
    public string Name => $"layer {Blob.Digest}";

    /// <summary>Combines the blobs and diff ids of an image, lowest first.</summary>
    public static IReadOnlyList<ImageLayer> Chain(IEnumerable<OciDescriptor> blobs, IReadOnlyList<string> diffIds)
    {
        var chain = "";
        return
        [
            .. blobs.Zip(
                diffIds,
                (blob, diffId) =>
                    new ImageLayer(
                        blob,
                        diffId,
                        chain = chain.Length == 0 ? diffId : Digests.Of(Encoding.ASCII.GetBytes($"{chain} {diffId}"))
                    )
            ),
        ];
    }
}
