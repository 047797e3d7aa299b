using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Specs;

/// <summary>A file that a cell uploads after a task's command.</summary>
/// <param name="User">Who must be able to read it; null: the user of the command.</param>
internal sealed record UploadSpec(string Name, string From, string To, string? User)
{
    public static List<UploadSpec> ReadAll(SpecMap map, string key) =>
        map.Take(key) is { } node ? [.. map.File.List(node, key).Select(item => Read(map.File, item, key))] : [];

    public UploadAction ToAction(string user) =>
        new()
        {
            Artifact = Name,
            From = From,
            To = To,
            User = User ?? user,
        };

    private static UploadSpec Read(SpecFile file, YamlNode node, string key)
    {
        var map = new SpecMap(file, file.Map(node, key), $"an entry of {key}");
        var spec = new UploadSpec(
            map.Text("name") ?? "",
            map.Text("from") ?? throw file.Wrong(node, key, "needs from: PATH"),
            map.Text("to") ?? throw file.Wrong(node, key, "needs to: URL"),
            map.Text("user")
        );
        map.End();
        return spec;
    }
}
