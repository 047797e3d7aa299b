using Scheduler.Models;
using Scheduler.Yaml;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Files;

/// <summary>A YAML or JSON file that describes work. Every error names the file, the line and the key.</summary>
internal sealed class SpecFile
{
    private readonly string _path;

    private SpecFile(string path, YamlMappingNode root) => (_path, Root) = (path, root);

    public YamlMappingNode Root { get; }

    /// <param name="path">A file, or <c>-</c> for stdin.</param>
    /// <exception cref="DomainException">The file cannot be read, or its content is not a single map.</exception>
    public static SpecFile Load(string path)
    {
        try
        {
            using var reader = path == "-" ? Console.In : new StreamReader(path);
            return Parse(path == "-" ? "stdin" : path, reader.ReadToEnd());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("file", $"cannot read {path}: {failure.Message}"), failure);
        }
    }

    /// <exception cref="DomainException">The text is not YAML, or not a single map.</exception>
    public static SpecFile Parse(string path, string text)
    {
        var yaml = YamlText.Load(path, text, "YAML or JSON");
        if (
            yaml.Documents.Select(document => ForeignForms.Recognise(document.RootNode)).FirstOrDefault(form => form is not null) is
            { } foreign
        )
            throw DomainError.Invalid(path, foreign).ToException();
        return yaml.Documents switch
        {
            [{ RootNode: YamlMappingNode root }] => new SpecFile(path, root),
            { Count: > 1 } => throw DomainError.Invalid(path, "must contain exactly one document").ToException(),
            _ => throw DomainError.Invalid(path, "must be a map of keys and values, such as \"name: web\"").ToException(),
        };
    }

    public YamlMappingNode Map(YamlNode node, string key) =>
        node as YamlMappingNode ?? throw Wrong(node, key, "must be a map of keys and values");

    public IEnumerable<YamlNode> List(YamlNode node, string key) => node as YamlSequenceNode ?? throw Wrong(node, key, "must be a list");

    public string Scalar(YamlNode node, string key) => (node as YamlScalarNode)?.Value ?? throw Wrong(node, key, "must be a single value");

    public DomainException Wrong(YamlNode node, string key, string rule) =>
        DomainError.Invalid(key, $"{rule} ({_path}:{node.Start.Line})").ToException();

    public DomainException UnknownKey(YamlNode key, string where, IEnumerable<string> known)
    {
        var names = known.ToArray();
        return Wrong(
            key,
            key.ToString(),
            $"is not a key of {where}; "
                + (
                    Spelling.Nearest(key.ToString(), names) is { } nearest
                        ? $"did you mean {nearest}?"
                        : $"valid keys: {string.Join(", ", names.Order(StringComparer.Ordinal))}"
                )
        );
    }
}
