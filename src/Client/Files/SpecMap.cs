using System.Globalization;
using Scheduler.Models;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Files;

/// <summary>Reads the keys of one map; <see cref="End"/> rejects the keys that were not read.</summary>
internal sealed class SpecMap(SpecFile file, YamlMappingNode map, string what)
{
    private readonly List<string> _known = [];

    public SpecFile File => file;

    public YamlNode? Take(string key)
    {
        _known.Add(key);
        return map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;
    }

    public string? Text(string key) => Take(key) is { } node ? file.Scalar(node, key) : null;

    public T? Parsed<T>(string key, Func<string, T?> parse, string rule)
        where T : struct
    {
        if (Take(key) is not { } node)
            return null;
        var text = file.Scalar(node, key);
        return parse(text) ?? throw file.Wrong(node, key, $"must be {rule}, not \"{text}\"");
    }

    public int? Number(string key, int least) => Parsed(key, text => Numbers.TryInt(text, least), $"a whole number of at least {least}");

    public uint? Port(string key) => Parsed(key, Numbers.TryPort, Numbers.PortRule);

    public int? Megabytes(string key) => Parsed(key, Numbers.TryMegabytes, Numbers.MegabytesRule);

    public TimeSpan? Duration(string key) =>
        Parsed(
            key,
            text => Durations.TryParse(text, out var value) ? value : null as TimeSpan?,
            "a duration above 0 such as 500ms, 15s, 10m or 1h"
        );

    public bool? Flag(string key) => Parsed(key, text => bool.TryParse(text, out var value) ? value : null as bool?, "true or false");

    public IReadOnlyList<string>? Texts(string key) =>
        Take(key) is { } node ? [.. file.List(node, key).Select(item => file.Scalar(item, key))] : null;

    public IReadOnlyList<(string Name, string Value)>? Pairs(string key) =>
        Take(key) is { } node
            ? [.. file.Map(node, key).Children.Select(pair => (pair.Key.ToString(), file.Scalar(pair.Value, $"{key}.{pair.Key}")))]
            : null;

    /// <exception cref="DomainException">A key was not read.</exception>
    public void End()
    {
        foreach (var key in map.Children.Keys)
        {
            if (!_known.Contains(key.ToString()))
                throw file.UnknownKey(key, what, _known);
        }
    }
}

/// <summary>Parses numbers as people write them, in files and flags alike.</summary>
internal static class Numbers
{
    public const string PortRule = "a port from 1 to 65535";
    public const string MegabytesRule = "megabytes such as 128 or 128M, or gigabytes such as 2G";

    public static int? TryInt(string text, int least) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least ? number : null;

    public static uint? TryPort(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 ? port : null;

    public static int? TryMegabytes(string text)
    {
        var digits = text.TrimEnd('b', 'B', 'i');
        var (number, factor) = digits switch
        {
            [.. var rest, 'g' or 'G'] => (rest, 1024L),
            [.. var rest, 'm' or 'M'] => (rest, 1L),
            _ when digits.Length == text.Length => (digits, 1L),
            _ => ("", 1L),
        };
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= int.MaxValue / factor
            ? (int)(value * factor)
            : null;
    }
}
