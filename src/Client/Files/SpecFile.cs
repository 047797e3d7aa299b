using Scheduler.Models;
using Scheduler.Yaml;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Files;

/// <summary>A YAML or JSON file that describes work. Every error names the file, the line and the key.</summary>
internal sealed class SpecFile
{
    private const string MapRule = "must be a map of keys and values, such as \"name: web\"";

    private readonly string _path;

    private SpecFile(string path, YamlMappingNode root, string? name = null) => (_path, Root, Name) = (path, root, name ?? path);

    public YamlMappingNode Root { get; }

    /// <summary>The file, and the number of the document if it has several.</summary>
    public string Name { get; }

    /// <param name="path">A file, or <c>-</c> for stdin.</param>
    /// <exception cref="DomainException">The file cannot be read, or its content is not a single map.</exception>
    public static SpecFile Load(string path) => Read(path, Parse);

    /// <param name="path">A file, or <c>-</c> for stdin.</param>
    /// <returns>One for each document; empty documents are left out.</returns>
    /// <exception cref="DomainException">The file cannot be read, or a document is not a map.</exception>
    public static IReadOnlyList<SpecFile> LoadAll(string path) => Read(path, ParseAll);

    /// <inheritdoc cref="LoadAll"/>
    public static IReadOnlyList<SpecFile> ParseAll(string path, string text)
    {
        var documents = YamlText.Load(path, text, "YAML or JSON").Documents;
        var files = new List<SpecFile>();
        for (var i = 0; i < documents.Count; i++)
        {
            var name = documents.Count == 1 ? path : $"{path}, document {i + 1}";
            var root = documents[i].RootNode;
            if (root is YamlScalarNode { Value: null or "" })
                continue;
            if (ForeignForms.Recognise(root) is { } foreign)
                throw DomainError.Invalid(name, foreign).ToException();
            if (root is not YamlMappingNode map)
                throw DomainError.Invalid(name, MapRule).ToException();
            files.Add(new SpecFile(path, map, name));
        }

        return files;
    }

    private static T Read<T>(string path, Func<string, string, T> parse)
    {
        try
        {
            using var reader = path == "-" ? Console.In : new StreamReader(path);
            return parse(path == "-" ? "stdin" : path, reader.ReadToEnd());
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
            _ => throw DomainError.Invalid(path, MapRule).ToException(),
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
