using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Simulation.Scenarios;

/// <summary>Reads the keys of one map; <see cref="End"/> rejects the keys that were not read.</summary>
/// <param name="file">The file name for error messages.</param>
/// <param name="path">Path of the map in the file, such as <c>faults[3]</c>; empty for the root.</param>
internal sealed class ScenarioMap(string file, string path, YamlMappingNode map)
{
    private readonly List<string> _known = [];

    public string? Text(string key) => Take(key) is { } node ? Scalar(node, key) : null;

    /// <param name="fallback">The default; if null, the key is required.</param>
    public TimeSpan Duration(string key, TimeSpan? fallback, TimeSpan least, TimeSpan most) =>
        Parsed(
            key,
            fallback,
            text => Words.ParseDuration(text) is { } value && value >= least && value <= most ? value : null,
            $"a duration from {Words.Of(least)} to {Words.Of(most)}, such as 500ms, 15s or 10m"
        );

    public double Probability(string key, double fallback) =>
        Parsed(
            key,
            fallback,
            text => Words.ParseNumber(text) is { } value && value is >= 0 and <= 1 ? value : null as double?,
            "a probability from 0 to 1"
        );

    public int Number(string key, int fallback, int least, int most) =>
        Parsed(
            key,
            fallback,
            text =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value >= least
                && value <= most
                    ? value
                    : null as int?,
            $"a whole number from {least} to {most}"
        );

    public T Word<T>(string key, T? fallback = null)
        where T : struct, Enum =>
        Parsed(key, fallback, Words.Parse<T>, $"one of {string.Join(", ", Enum.GetValues<T>().Select(Words.Of))}");

    public ScenarioMap? Map(string key) => Take(key) is { } node ? Map(node, Path(key)) : null;

    public IEnumerable<ScenarioMap> Maps(string key)
    {
        if (Take(key) is not { } node)
            return [];
        var list = node as YamlSequenceNode ?? throw Wrong(node, Path(key), "must be a list");
        return list.Select((item, i) => Map(item, $"{Path(key)}[{i}]"));
    }

    /// <exception cref="DomainException">The first is greater than the second.</exception>
    public void Ordered(string leastKey, TimeSpan least, string mostKey, TimeSpan most)
    {
        if (least > most)
            throw Wrong(leastKey, $"must not be longer than {mostKey} ({Words.Of(most)}), but is {Words.Of(least)}");
    }

    /// <exception cref="DomainException">The key is present.</exception>
    public void Refuse(string key, string why)
    {
        if (Take(key) is { } node)
            throw Wrong(node, Path(key), why);
    }

    /// <exception cref="DomainException">A key was not read.</exception>
    public void End()
    {
        foreach (var key in map.Children.Keys)
        {
            if (!_known.Contains(key.ToString()))
                throw Wrong(key, Path(key.ToString()), $"is not a valid key; valid keys: {string.Join(", ", _known)}");
        }
    }

    public DomainException Wrong(string key, string rule) => Wrong(Take(key) ?? map, Path(key), rule);

    private T Parsed<T>(string key, T? fallback, Func<string, T?> parse, string rule)
        where T : struct
    {
        if (Take(key) is not { } node)
            return fallback ?? throw Wrong(map, Path(key), $"is required: {rule}");
        var text = Scalar(node, key);
        return parse(text) ?? throw Wrong(node, Path(key), $"must be {rule}, not \"{text}\"");
    }

    private YamlNode? Take(string key)
    {
        if (!_known.Contains(key))
            _known.Add(key);
        return map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
    }

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private string Scalar(YamlNode node, string key) =>
        (node as YamlScalarNode)?.Value ?? throw Wrong(node, Path(key), "must be a single value");

    private ScenarioMap Map(YamlNode node, string where) =>
        new(file, where, node as YamlMappingNode ?? throw Wrong(node, where, "must be a map of keys and values"));

    private DomainException Wrong(YamlNode node, string where, string rule) =>
        DomainError.Invalid(where, $"{rule} ({file}:{node.Start.Line})").ToException();
}
