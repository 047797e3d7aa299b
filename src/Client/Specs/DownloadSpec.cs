using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Specs;

/// <summary>Something that a cell downloads: for one container, or as a cached dependency for all that ask for it.</summary>
/// <param name="User">Owner of the files; null: the user of the command.</param>
/// <param name="ChecksumAlgorithm">Empty without a checksum, as is <paramref name="ChecksumValue"/>.</param>
internal sealed record DownloadSpec(
    string Name,
    string From,
    string To,
    string CacheKey,
    string? User,
    string ChecksumAlgorithm,
    string ChecksumValue
)
{
    /// <param name="hasUser">Whether files get an owner: those of a cached dependency are the cell's.</param>
    public static List<DownloadSpec> ReadAll(SpecMap map, string key, bool hasUser) =>
        map.Take(key) is { } node ? [.. map.File.List(node, key).Select(item => Read(map.File, item, key, hasUser))] : [];

    public DownloadAction ToAction(string user) =>
        new()
        {
            Artifact = Name,
            From = From,
            To = To,
            CacheKey = CacheKey,
            User = User ?? user,
            ChecksumAlgorithm = ChecksumAlgorithm,
            ChecksumValue = ChecksumValue,
        };

    public CachedDependency ToDependency() =>
        new()
        {
            Name = Name,
            From = From,
            To = To,
            CacheKey = CacheKey,
            ChecksumAlgorithm = ChecksumAlgorithm,
            ChecksumValue = ChecksumValue,
        };

    private static DownloadSpec Read(SpecFile file, YamlNode node, string key, bool hasUser)
    {
        var map = new SpecMap(file, file.Map(node, key), $"an entry of {key}");
        var checksum = map.Take("checksum");
        var (algorithm, value) = checksum is null ? ("", "") : Checksum(file, checksum);
        var spec = new DownloadSpec(
            map.Text("name") ?? "",
            map.Text("from") ?? throw file.Wrong(node, key, "needs from: URL"),
            map.Text("to") ?? throw file.Wrong(node, key, "needs to: PATH"),
            map.Text("cache_key") ?? "",
            hasUser ? map.Text("user") : null,
            algorithm,
            value
        );
        map.End();
        return spec;
    }

    private static (string Algorithm, string Value) Checksum(SpecFile file, YamlNode node) =>
        file.Scalar(node, "checksum").Split(':') is [{ Length: > 0 } algorithm, { Length: > 0 } value]
            ? (algorithm, value)
            : throw file.Wrong(node, "checksum", "must be ALGORITHM:HEX, such as sha256:9f86d0…");
}
