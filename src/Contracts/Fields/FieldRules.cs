using Google.Protobuf.Reflection;

namespace Scheduler.Contracts.Fields;

/// <summary>
/// The rule of each text and byte field that a request can carry, by <c>Message.field</c> (followed by <c>.key</c> or <c>.value</c> for a
/// map). The services and <c>--dry-run</c> check requests against these rules, and the store checks its columns against them.
/// </summary>
/// <remarks>A field without a rule is refused at run time; a test walks the contract to find such fields earlier.</remarks>
public static partial class FieldRules
{
    private const string Package = "scheduler.v1.";

    /// <summary>Longest path on Linux (PATH_MAX).</summary>
    private const int PathBytes = 4_096;

    /// <summary>Longest URL that servers commonly accept; signed URLs are long.</summary>
    private const int UrlBytes = 8_192;

    /// <summary>
    /// Longest single argument or variable that Linux passes to a program (MAX_ARG_STRLEN, which includes the terminating zero byte).
    /// </summary>
    private const int ArgumentBytes = 131_071;

    /// <summary>Bytes of a value that people read: a tag, a label, a reason.</summary>
    private const int ValueBytes = 4_096;

    /// <summary>
    /// Bytes of what a cell reports from a container. The BBS truncates what it keeps of it, so this only limits the transfer.
    /// </summary>
    private const int ReportBytes = 1_048_576;

    private static readonly TextRule Name = TextRule.Name;
    private static readonly TextRule Path = TextRule.Line(PathBytes);
    private static readonly TextRule Url = TextRule.Line(UrlBytes);
    private static readonly TextRule Value = TextRule.Text(ValueBytes);
    private static readonly TextRule Report = TextRule.Content(ReportBytes);

    private static readonly Dictionary<string, TextRule> Rules = new(
        [.. Actions, .. Definitions, .. Cells, .. Requests, .. Access],
        StringComparer.Ordinal
    );

    /// <summary>Names of all fields with a rule.</summary>
    public static IReadOnlyCollection<string> Names => Rules.Keys;

    /// <param name="field">A text or byte field; for a map, its key or its value.</param>
    /// <returns>Null if it has no rule.</returns>
    public static TextRule? Find(FieldDescriptor field) => Rules.GetValueOrDefault(NameOf(field));

    /// <param name="name"><c>Message.field</c>, such as <c>LockEntry.value</c>.</param>
    public static TextRule Of(string name) => Rules[name];

    /// <summary>The name of the field's rule: <c>Message.field</c>, or <c>Message.map.key</c>.</summary>
    public static string NameOf(FieldDescriptor field)
    {
        var holder = field.ContainingType;
        if (holder.GetOptions()?.MapEntry != true)
            return $"{Short(holder)}.{field.Name}";
        var map = holder.ContainingType.Fields.InDeclarationOrder().Single(candidate => candidate.IsMap && candidate.MessageType == holder);
        return $"{Short(holder.ContainingType)}.{map.Name}.{field.Name}";
    }

    private static string Short(MessageDescriptor message) =>
        message.FullName.StartsWith(Package, StringComparison.Ordinal) ? message.FullName[Package.Length..] : message.FullName;
}
