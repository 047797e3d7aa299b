using System.CommandLine;
using System.CommandLine.Parsing;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Numerics;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Yaml;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client;

/// <summary>
/// Resolves settings of a service in this order: the flag, the environment (<c>SCHEDULER_OPS_LISTEN</c> for <c>--ops-listen</c>), the file
/// given by <c>--config</c> (<c>ops-listen: …</c>), the default.
/// </summary>
internal sealed class SettingSource
{
    public const string ConfigFlag = "--config";

    private readonly Func<string, string?> _environment;
    private readonly IReadOnlyDictionary<string, string> _file;
    private readonly string? _path;

    public SettingSource(Func<string, string?> environment, IReadOnlyDictionary<string, string> file, string? path)
    {
        _environment = environment;
        _file = file;
        _path = path;
    }

    /// <summary>Reads the file named in the arguments before they are parsed, because its values become defaults of options.</summary>
    /// <exception cref="DomainException">The file cannot be read or is not a flat YAML map.</exception>
    public static SettingSource Load(IReadOnlyList<string> args)
    {
        string? path = null;
        for (var i = 0; i < args.Count && args[i] != "--"; i++)
        {
            if (args[i] == ConfigFlag && i + 1 < args.Count)
                path = args[i + 1];
            else if (args[i].StartsWith(ConfigFlag + "=", StringComparison.Ordinal))
                path = args[i][(ConfigFlag.Length + 1)..];
        }

        return new SettingSource(
            Environment.GetEnvironmentVariable,
            path is null ? new Dictionary<string, string>() : ReadFile(path),
            path
        );
    }

    /// <summary>Whether the environment or the file sets an option.</summary>
    public bool IsSet(string flag) => _environment(VariableOf(flag)) is { Length: > 0 } || _file.ContainsKey(flag.TrimStart('-'));

    private static string VariableOf(string flag) => "SCHEDULER_" + flag.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    public Option<string?> Text(string name, string description, string? fallback, string help) =>
        Make(name, description, fallback, help, "a text", text => text);

    public Option<string[]> Texts(string name, string description, string[] fallback, string help) =>
        Make(
            name,
            description + " (comma-separated or repeated)",
            fallback,
            help,
            "a list",
            text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        );

    public Option<int> Number(string name, string description, int fallback, int least, int most = int.MaxValue) =>
        Number(name, description, fallback, new RangeAttribute(least, most));

    /// <param name="range">The allowed values; null for any.</param>
    public Option<T> Number<T>(string name, string description, T fallback, RangeAttribute? range)
        where T : struct, INumber<T>
    {
        var (help, kind, styles) =
            typeof(T) == typeof(double) ? ("X", "a number", NumberStyles.Float) : ("N", "a whole number", NumberStyles.Integer);
        return Make(
            name,
            description,
            fallback,
            help,
            kind + Within(range),
            text =>
                T.TryParse(text, styles, CultureInfo.InvariantCulture, out var number) && T.IsFinite(number) && IsWithin(range, number)
                    ? number
                    : null as T?
        );
    }

    /// <param name="range">The allowed values; null for any above 0.</param>
    public Option<Duration> Duration(string name, string description, TimeSpan fallback, RangeAttribute? range = null) =>
        Make(
            name,
            description,
            new Duration(fallback),
            "DURATION",
            $"a duration{(range is null ? " above 0" : Within(range))}, written like 500ms, 15s, 10m or 1h",
            text =>
                (Durations.TryParse(text, out var value) || (range is not null && Durations.IsZero(text))) && IsWithin(range, value)
                    ? new Duration(value)
                    : null as Duration?
        );

    /// <summary>The name of one value of an enumeration, in lower case with dashes between its words.</summary>
    public Option<string> Choice(string name, string description, Enum fallback)
    {
        var words = Enum.GetNames(fallback.GetType()).Select(WordOf).ToList();
        return Make(
            name,
            description,
            WordOf(fallback.ToString()),
            string.Join('|', words),
            $"{string.Join(", ", words[..^1])} or {words[^1]}",
            text => words.Find(word => word.Equals(text, StringComparison.OrdinalIgnoreCase))
        );
    }

    /// <summary>The value of an enumeration that a word of <see cref="Choice"/> stands for.</summary>
    public static object ValueOf(Type type, string word) =>
        Enum.Parse(type, word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    private static string WordOf(string name) =>
        string.Concat(
            name.Select(
                (letter, at) => char.IsUpper(letter) && at > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"
            )
        );

    public Option<bool> Switch(string name, string description, bool fallback = false) =>
        Make(
            name,
            description,
            fallback,
            "true|false",
            "true or false",
            text =>
                text.Length == 0 ? true
                : bool.TryParse(text, out var value) ? value
                : null as bool?
        );

    /// <exception cref="DomainException">The file has a key that is not an option of the command.</exception>
    public void CheckKeys(Command command)
    {
        var known = command.Options.Select(option => option.Name.TrimStart('-')).ToHashSet(StringComparer.Ordinal);
        foreach (var key in _file.Keys.Where(key => !known.Contains(key)))
        {
            var nearest = Spelling.Nearest(key, known);
            throw DomainError
                .Invalid(key, $"is not a setting of {command.Name} ({_path})" + (nearest is null ? "" : $"; did you mean {nearest}?"))
                .ToException();
        }
    }

    private Option<T> Make<T>(string name, string description, T fallback, string help, string rule, Func<string, object?> parse)
    {
        var variable = VariableOf(name);
        return new Option<T>(name)
        {
            Description = $"{description} [{variable}]",
            HelpName = help,
            CustomParser = result =>
            {
                if (typeof(T) == typeof(string[]))
                    return (T)(object)result.Tokens.SelectMany(token => (string[])parse(token.Value)!).ToArray();
                var text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
                return Parsed<T>(parse(text), result, $"{name}: must be {rule}, not \"{text}\"");
            },
            Arity =
                typeof(T) == typeof(bool) ? ArgumentArity.ZeroOrOne
                : typeof(T) == typeof(string[]) ? ArgumentArity.OneOrMore
                : ArgumentArity.ExactlyOne,
            DefaultValueFactory = result =>
            {
                if (_environment(variable) is { Length: > 0 } value)
                    return Parsed<T>(parse(value), result, $"{variable}: must be {rule}, not \"{value}\"");
                if (_file.TryGetValue(name.TrimStart('-'), out var line))
                    return Parsed<T>(parse(line), result, $"{name.TrimStart('-')} in {_path}: must be {rule}, not \"{line}\"");
                return fallback;
            },
        };
    }

    private static string Within(RangeAttribute? range) =>
        range is null ? ""
        : OptionRules.Bounds(range) is var bounds && bounds.StartsWith("at least", StringComparison.Ordinal) ? $" of {bounds}"
        : $" {bounds}";

    private static bool IsWithin(RangeAttribute? range, object value)
    {
        try
        {
            return range?.IsValid(value) != false;
        }
        catch (OverflowException)
        {
            // The attribute converts the value to the type of its bounds first.
            return false;
        }
    }

    private static T Parsed<T>(object? value, ArgumentResult result, string error)
    {
        if (value is T parsed)
            return parsed;
        result.AddError(error);
        return default!;
    }

    private static Dictionary<string, string> ReadFile(string path)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var yaml = YamlText.Load(path, File.ReadAllText(path), "YAML");
            if (yaml.Documents.Count == 0)
                return settings;
            if (yaml.Documents[0].RootNode is not YamlMappingNode map)
                throw DomainError.Invalid("config", $"{path} must be a map of settings, such as \"listen: 127.0.0.1:8889\"").ToException();
            foreach (var (key, value) in map.Children)
                settings[key.ToString()] = ValueOf(value, key.ToString(), path);
            return settings;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("config", $"cannot read {path}: {failure.Message}"), failure);
        }
    }

    private static string ValueOf(YamlNode value, string key, string path) =>
        value switch
        {
            YamlScalarNode scalar => scalar.Value ?? "",
            YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode) => string.Join(
                ',',
                list.Children.Select(child => ((YamlScalarNode)child).Value)
            ),
            _ => throw DomainError.Invalid(key, $"must be a value or a list of values ({path}, line {value.Start.Line})").ToException(),
        };
}
