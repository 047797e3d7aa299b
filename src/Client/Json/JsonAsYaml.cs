using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scheduler.Client.Json;

/// <summary>Writes JSON as YAML in block style, which people read more easily and <c>--file</c> takes.</summary>
internal static class JsonAsYaml
{
    private const int Step = 2;

    // Words that a reader of some version of YAML would not take for texts.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "null",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "nan",
        "inf",
    };

    /// <returns>Lines that each end with a line feed.</returns>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        if (IsBlock(node))
            Block(node!, 0, text);
        else
            text.Append(Inline(node)).Append('\n');
        return text.ToString();
    }

    private static bool IsBlock(JsonNode? node) => node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };

    private static void Block(JsonNode node, int indent, StringBuilder text)
    {
        if (node is JsonObject map)
        {
            foreach (var (name, value) in map)
                Entry(text.Append(' ', indent).Append(Text(name)).Append(':'), value, indent, text);
            return;
        }
        foreach (var item in (JsonArray)node)
        {
            text.Append(' ', indent).Append('-');
            if (!IsBlock(item))
            {
                text.Append(' ').Append(Inline(item)).Append('\n');
                continue;
            }
            // The first line of the item follows the dash.
            var below = new StringBuilder();
            Block(item!, indent + Step, below);
            text.Append(' ').Append(below, indent + Step, below.Length - indent - Step);
        }
    }

    private static void Entry(StringBuilder head, JsonNode? value, int indent, StringBuilder text)
    {
        if (!IsBlock(value))
        {
            head.Append(' ').Append(Inline(value)).Append('\n');
            return;
        }
        head.Append('\n');
        Block(value!, indent + Step, text);
    }

    private static string Inline(JsonNode? node) =>
        node switch
        {
            null => "null",
            JsonObject => "{}",
            JsonArray => "[]",
            JsonValue value when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>()),
            _ => node.ToJsonString(),
        };

    private static string Text(string text)
    {
        if (IsPlain(text))
            return text;
        var quoted = new StringBuilder("\"");
        foreach (var letter in text.EnumerateRunes())
        {
            switch (letter.Value)
            {
                case '"' or '\\':
                    quoted.Append('\\').Append(letter);
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                // Controls, and what YAML takes for line ends. Anything else stands for itself, also beyond the first plane.
                case < 0x20 or (>= 0x7f and < 0xa0) or 0x2028 or 0x2029 or 0xfeff:
                    quoted.Append("\\u").Append(letter.Value.ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    quoted.Append(letter);
                    break;
            }
        }
        return quoted.Append('"').ToString();
    }

    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_')
        && text[^1] != ' '
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/' or ' ')
        && !Reserved.Contains(text);
}
