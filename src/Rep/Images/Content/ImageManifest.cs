using System.Text;

namespace Scheduler.Rep.Images.Content;

/// <summary>An image as its documents describe it.</summary>
/// <param name="Layers">Lowest first.</param>
internal sealed record ImageManifest(IReadOnlyList<ImageLayer> Layers, OciProcessDefaults Defaults);

/// <param name="DiffId">Digest of the layer's tar archive before compression.</param>
/// <param name="ChainId">Digest of all diff ids up to this one: what a root filesystem with this layer on top is known by.</param>
internal sealed record ImageLayer(OciDescriptor Blob, string DiffId, string ChainId)
{
    /// <summary>How messages name it.</summary>
    public string Name => $"layer {Blob.Digest}";

    /// <summary>Puts blobs and diff ids of an image together, lowest first.</summary>
    public static IReadOnlyList<ImageLayer> Chain(IEnumerable<OciDescriptor> blobs, IReadOnlyList<string> diffIds)
    {
        var chain = "";
        return [.. blobs.Zip(diffIds, (blob, diffId) => new ImageLayer(blob, diffId, chain = chain.Length == 0 ? diffId : Digests.Of(Encoding.ASCII.GetBytes($"{chain} {diffId}"))))];
    }
}
