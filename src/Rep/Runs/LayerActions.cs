using Google.Protobuf.Collections;
using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Runs;

/// <summary>
/// Image layers as what they stand for: a shared layer is a cached dependency, an exclusive one a download before everything else.
/// </summary>
internal static class LayerActions
{
    public static IEnumerable<CachedDependency> Dependencies(RepeatedField<ImageLayer> layers) =>
        layers
            .Where(layer => layer.LayerType == ImageLayer.Types.Type.Shared)
            .Select(layer => new CachedDependency
            {
                Name = layer.Name,
                From = layer.Url,
                To = layer.DestinationPath,
                CacheKey = CacheKey(layer),
                ChecksumAlgorithm = Algorithm(layer),
                ChecksumValue = layer.DigestValue,
            });

    /// <summary>The downloads of exclusive layers, all at once, and then the action; null if there is nothing to do.</summary>
    public static LrpAction? Before(LrpAction? action, RepeatedField<ImageLayer> layers, string user)
    {
        var downloads = layers
            .Where(layer => layer.LayerType == ImageLayer.Types.Type.Exclusive)
            .Select(layer => new LrpAction
            {
                DownloadAction = new DownloadAction
                {
                    Artifact = layer.Name,
                    From = layer.Url,
                    To = layer.DestinationPath,
                    CacheKey = CacheKey(layer),
                    User = user,
                    ChecksumAlgorithm = Algorithm(layer),
                    ChecksumValue = layer.DigestValue,
                },
            })
            .ToList();
        if (downloads.Count == 0)
            return action;
        var all = new LrpAction { ParallelAction = new ParallelAction { Actions = { downloads } } };
        return action is null ? all : new LrpAction { SerialAction = new SerialAction { Actions = { all, action } } };
    }

    private static string CacheKey(ImageLayer layer) =>
        layer.DigestValue.Length > 0 ? $"{Algorithm(layer)}:{layer.DigestValue}" : layer.Url;

    private static string Algorithm(ImageLayer layer) =>
        layer.DigestAlgorithm switch
        {
            ImageLayer.Types.DigestAlgorithm.Sha256 => "sha256",
            ImageLayer.Types.DigestAlgorithm.Sha512 => "sha512",
            _ => "",
        };
}
