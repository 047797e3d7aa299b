using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Contracts.Fields;

namespace Scheduler.Tests.TestKit.Storage;

/// <summary>Messages with a value in every field, built from their descriptors, so that fields added later are covered.</summary>
public static class FilledMessages
{
    private const int MaxDepth = 4;

    /// <param name="extremes">Whether to use the largest numbers and unusual strings instead of ordinary values.</param>
    public static T Fill<T>(bool extremes = false)
        where T : IMessage<T>, new()
    {
        var message = new T();
        Fill(message, extremes, 0);
        return message;
    }

    private static void Fill(IMessage message, bool extremes, int depth)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.RealContainingOneof is { } oneof && oneof.Accessor.GetCaseFieldDescriptor(message) is not null)
                continue;
            if (field.IsMap)
            {
                var key = field.MessageType.FindFieldByName("key");
                var value = field.MessageType.FindFieldByName("value");
                if (Value(value, extremes, depth) is { } mapped)
                    ((System.Collections.IDictionary)field.Accessor.GetValue(message)).Add(Value(key, extremes, depth)!, mapped);
            }
            else if (field.IsRepeated)
            {
                if (Value(field, extremes, depth) is { } item)
                    ((System.Collections.IList)field.Accessor.GetValue(message)).Add(item);
            }
            else if (Value(field, extremes, depth) is { } single)
            {
                field.Accessor.SetValue(message, single);
            }
        }
    }

    // As unusual as the field allows. A field without a rule gets the rule of a name, because it may be a column.
    private static string OddText(FieldDescriptor field)
    {
        const string Odd = "𝕊\u0001'\"\\\n\t%_ 𐍈 \u200d";
        return (FieldRules.Find(field) ?? TextRule.Name).Broken(Odd) is null ? Odd : "𝕊'\"\\%_ 𐍈 \u200d";
    }

    private static object? Value(FieldDescriptor field, bool extremes, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                if (depth == MaxDepth)
                    return null;
                var message = (IMessage)Activator.CreateInstance(field.MessageType.ClrType)!;
                Fill(message, extremes, depth + 1);
                return message;
            case FieldType.String:
                return extremes ? OddText(field) : $"{field.Name}-value";
            case FieldType.Bytes:
                return extremes
                    ? ByteString.CopyFrom([.. Enumerable.Range(0, 256).Select(i => (byte)i)])
                    : ByteString.CopyFromUtf8(field.Name);
            case FieldType.Bool:
                return true;
            case FieldType.Int32:
            case FieldType.SInt32:
                return extremes ? int.MinValue : field.FieldNumber;
            case FieldType.UInt32:
                return extremes ? uint.MaxValue : (uint)field.FieldNumber;
            case FieldType.Int64:
            case FieldType.SInt64:
                return extremes ? long.MinValue : field.FieldNumber;
            case FieldType.UInt64:
                return extremes ? ulong.MaxValue : (ulong)field.FieldNumber;
            case FieldType.Double:
                return extremes ? double.Epsilon : 0.5;
            case FieldType.Enum:
                return field.EnumType.Values[^1].Number;
            default:
                throw new NotSupportedException($"{field.FullName} has a type that is not filled yet: {field.FieldType}");
        }
    }
}
