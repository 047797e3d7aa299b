using Google.Protobuf.Reflection;

namespace Scheduler.Contracts.Fields;

/// <summary>
/// The one rule of each text and byte field that a request can carry, by <c>Message.field</c> (<c>.key</c> and <c>.value</c> behind it
/// for a map). The services check requests by it, <c>--dry-run</c> does, and the store checks its columns by it.
/// </summary>
/// <remarks>A field without a rule is refused when it is used, and a test walks the contract and finds it before.</remarks>
public static partial class FieldRules
{
    private const string Package = "scheduler.v1.";

    /// <summary>Longest path that Linux takes (PATH_MAX).</summary>
    private const int PathBytes = 4_096;

    /// <summary>Longest URL that servers commonly take; signed ones are long.</summary>
    private const int UrlBytes = 8_192;

    /// <summary>Longest single argument or variable that Linux hands to a program (MAX_ARG_STRLEN, which counts the zero byte at its end).</summary>
    private const int ArgumentBytes = 131_071;

    /// <summary>Bytes of a value that somebody looks at: a tag, a label, a reason.</summary>
    private const int ValueBytes = 4_096;

    /// <summary>Bytes of what a cell reports from a container; the BBS cuts what it keeps of it, so this only bounds the way there.</summary>
    private const int ReportBytes = 1_048_576;

    private static readonly TextRule Name = TextRule.Name;
    private static readonly TextRule Path = TextRule.Line(PathBytes);
    private static readonly TextRule Url = TextRule.Line(UrlBytes);
    private static readonly TextRule Value = TextRule.Text(ValueBytes);
    private static readonly TextRule Report = TextRule.Content(ReportBytes);

    private static readonly Dictionary<string, TextRule> Rules = new(
        [.. Actions, .. Definitions, .. Cells, .. Requests], StringComparer.Ordinal);

    /// <summary>All names that have a rule.</summary>
    public static IReadOnlyCollection<string> Names => Rules.Keys;

    /// <param name="field">A text or byte field; of a map, its key or its value.</param>
    /// <returns>Null when there is no rule for it.</returns>
    public static TextRule? Find(FieldDescriptor field) => Rules.GetValueOrDefault(NameOf(field));

    /// <param name="name"><c>Message.field</c>, such as <c>LockEntry.value</c>.</param>
    public static TextRule Of(string name) => Rules[name];

    /// <summary>The name of the field's rule: <c>Message.field</c>, or <c>Message.map.key</c>.</summary>
    public static string NameOf(FieldDescriptor field)
    {
        var holder = field.ContainingType;
        if (holder.GetOptions()?.MapEntry != true) return $"{Short(holder)}.{field.Name}";
        var map = holder.ContainingType.Fields.InDeclarationOrder().Single(candidate => candidate.IsMap && candidate.MessageType == holder);
        return $"{Short(holder.ContainingType)}.{map.Name}.{field.Name}";
    }

    private static string Short(MessageDescriptor message) =>
        message.FullName.StartsWith(Package, StringComparison.Ordinal) ? message.FullName[Package.Length..] : message.FullName;
}
