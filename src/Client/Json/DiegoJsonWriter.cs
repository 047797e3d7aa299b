using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Contracts;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Json;

/// <summary>Writes messages as cfdot prints them.</summary>
internal static class DiegoJsonWriter
{
    /// <summary>One line, without escaping non-ASCII letters.</summary>
    public static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Calls for several objects may end on several threads.
    static DiegoJsonWriter() => ContractDescriptors.Load();

    public static string Write(IMessage message) => ToNode(message).ToJsonString(Relaxed);

    public static JsonNode ToNode(IMessage message)
    {
        switch (message)
        {
            case ProtoRoutes routes:
                return Routes(routes);
            case MetricTagValue tag:
                return tag.Dynamic != MetricTagValue.Types.DynamicValue.Invalid
                    ? new JsonObject { ["dynamic"] = EnumName(MetricTagValue.Descriptor.FindFieldByName("dynamic"), (int)tag.Dynamic) }
                    : new JsonObject { ["static"] = tag.Static };
            default:
                var into = new JsonObject();
                AppendFields(message, into);
                return into;
        }
    }

    private static void AppendFields(IMessage message, JsonObject into)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (DiegoJsonSchema.IsFlattened(field))
                AppendFields((IMessage?)field.Accessor.GetValue(message) ?? EmptyMessage.Of(field.MessageType), into);
            else if (DiegoJsonSchema.IsRoutable(field))
                into["OptionalRoutable"] = field.Accessor.HasValue(message)
                    ? new JsonObject { [field.Name] = Value(field, field.Accessor.GetValue(message)) }
                    : null;
            else if (!IsEmpty(field, message))
                into[DiegoJsonSchema.Name(field)] = FieldNode(field, field.Accessor.GetValue(message));
            else if (DiegoJsonSchema.IsPrintedWhenEmpty(field))
                into[DiegoJsonSchema.Name(field)] = EmptyNode(field, message);
        }
    }

    private static bool IsEmpty(FieldDescriptor field, IMessage message)
    {
        var value = field.Accessor.GetValue(message);
        if (field.IsMap || field.IsRepeated)
            return ((ICollection)value).Count == 0;
        if (field.HasPresence)
            return field.FieldType == FieldType.Message ? value is null : !field.Accessor.HasValue(message);
        return value switch
        {
            string text => text.Length == 0,
            bool flag => !flag,
            Enum one => Convert.ToInt32(one, null) == 0,
            ByteString bytes => bytes.IsEmpty,
            _ => Convert.ToDouble(value, null) == 0,
        };
    }

    // As in Go's encoder, missing lists and messages print as null. Maps, such as a cell's annotations, print as an empty object;
    // modification tags and routes always print.
    private static JsonNode? EmptyNode(FieldDescriptor field, IMessage message)
    {
        if (field.IsMap)
            return new JsonObject();
        if (field.IsRepeated)
            return null;
        if (field.FieldType != FieldType.Message)
            return Value(field, field.Accessor.GetValue(message));
        return field.MessageType.Name is nameof(ModificationTag) or nameof(ProtoRoutes) ? ToNode(EmptyMessage.Of(field.MessageType)) : null;
    }

    private static JsonNode? FieldNode(FieldDescriptor field, object value)
    {
        if (field.IsMap)
        {
            var map = new JsonObject();
            var valueField = field.MessageType.FindFieldByNumber(2);
            var entries = (IDictionary)value;
            foreach (var key in entries.Keys.Cast<string>().Order(StringComparer.Ordinal))
                map[key] = Value(valueField, entries[key]!);
            return map;
        }

        return field.IsRepeated
            ? new JsonArray([.. ((IEnumerable)value).Cast<object>().Select(item => Value(field, item))])
            : Value(field, value);
    }

    private static JsonNode? Value(FieldDescriptor field, object value) =>
        value switch
        {
            IMessage message => ToNode(message),
            string text => text,
            bool flag => flag,
            int number => number,
            uint number => number,
            long number => number,
            ulong number => number,
            double number => number,
            Enum one when DiegoJsonSchema.IsNumberedEnum(field) => Convert.ToInt32(one, null),
            Enum one => EnumName(field, Convert.ToInt32(one, null)),
            ByteString bytes => bytes.ToBase64(),
            _ => throw new NotSupportedException($"{field.FullName} holds a {value.GetType().Name}"),
        };

    private static string EnumName(FieldDescriptor field, int number) =>
        field.EnumType.FindValueByNumber(number)?.Name ?? number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static JsonObject Routes(ProtoRoutes routes)
    {
        var into = new JsonObject();
        foreach (var (key, value) in routes.Routes.OrderBy(route => route.Key, StringComparer.Ordinal))
        {
            try
            {
                into[key] = JsonNode.Parse(value.Span);
            }
            catch (JsonException)
            {
                // A route key may hold any bytes; a value that is not JSON is shown as text.
                into[key] = Encoding.UTF8.GetString(value.Span);
            }
        }

        return into;
    }
}
