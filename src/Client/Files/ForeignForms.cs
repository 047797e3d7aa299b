using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Files;

/// <summary>Recognizes workload files of other systems and tells the user what to write instead.</summary>
internal static class ForeignForms
{
    /// <returns>What the file is and what to do, or null for an unknown format.</returns>
    public static string? Recognise(YamlNode root)
    {
        if (root is not YamlMappingNode map)
            return null;
        if (Text(map, "apiVersion") is not null && Text(map, "kind") is { } kind)
            return $"is a Kubernetes {kind}, which is not supported; "
                + "write a file with the container's image:, command:, ports: and env: (docs/specs.md)";
        if (Node(map, "services") is YamlMappingNode services)
        {
            var name = services.Children.Keys.Select(key => key.ToString()).FirstOrDefault() ?? "web";
            return "is a Compose file, which is not supported; "
                + $"write one file per service with name: {name}, image:, command:, ports: and env: (docs/specs.md)";
        }

        if (Node(map, "applications") is YamlSequenceNode)
            return "is a Cloud Foundry manifest, which is not supported; "
                + "write one file per application with name:, image:, command:, instances: and routes: (docs/specs.md)";
        return null;
    }

    private static YamlNode? Node(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

    private static string? Text(YamlMappingNode map, string key) => (Node(map, key) as YamlScalarNode)?.Value;
}
