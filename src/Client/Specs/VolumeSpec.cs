using Scheduler.Client.Files;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Specs;

/// <summary>A volume of the cell in the user-facing format.</summary>
/// <param name="Name">The name that the cell's operator gave it.</param>
/// <param name="Directory">Where it is in the container.</param>
internal sealed record VolumeSpec(string Name, string Directory, bool ReadOnly)
{
    public const string Rule = "NAME:/DIRECTORY or NAME:/DIRECTORY:ro, with a directory such as /data";

    /// <summary><c>data:/var/data</c>, <c>data:/var/data:ro</c>, or a map with <c>name</c>, <c>directory</c> and <c>read_only</c>.</summary>
    public static VolumeSpec Read(SpecFile file, YamlNode node)
    {
        const string key = "volumes";
        if (node is YamlScalarNode)
        {
            var text = file.Scalar(node, key);
            return TryParse(text) ?? throw file.Wrong(node, key, $"must be {Rule}, not \"{text}\"");
        }

        var map = new SpecMap(file, file.Map(node, key), "a volume");
        var (name, directory, readOnly) = (map.Text("name"), map.Text("directory"), map.Flag("read_only"));
        map.End();
        if (string.IsNullOrEmpty(name) || directory is null)
            throw file.Wrong(node, key, "each volume needs a name and a directory");
        if (MountTargets.Broken(directory) is { } rule)
            throw file.Wrong(node, "directory", rule);
        return new VolumeSpec(name, directory, readOnly ?? false);
    }

    /// <summary>Null if the text is not one.</summary>
    public static VolumeSpec? TryParse(string text)
    {
        var colon = text.IndexOf(':');
        if (colon < 1)
            return null;
        var (name, directory) = (text[..colon], text[(colon + 1)..]);
        var readOnly = directory.EndsWith(":ro", StringComparison.Ordinal);
        if (readOnly || directory.EndsWith(":rw", StringComparison.Ordinal))
            directory = directory[..^3];
        return MountTargets.Broken(directory) is null ? new VolumeSpec(name, directory, readOnly) : null;
    }

    public VolumeMount ToMessage() =>
        new()
        {
            Driver = Name,
            ContainerDir = Directory,
            Mode = ReadOnly ? "r" : "rw",
            Shared = new SharedDevice { VolumeId = Name },
        };
}
