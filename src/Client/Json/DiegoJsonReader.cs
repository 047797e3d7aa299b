using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Client.Files;
using Scheduler.Contracts;
using Scheduler.Contracts.V1;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Client.Json;

/// <summary>Reads messages from the JSON that cfdot accepts, or from the equivalent YAML.</summary>
internal static class DiegoJsonReader
{
    static DiegoJsonReader() => ContractDescriptors.Load();

    /// <exception cref="Models.DomainException">A key is unknown or a value has the wrong type; the message names key and line.</exception>
    public static T Read<T>(SpecFile file, YamlMappingNode node)
        where T : IMessage, new()
    {
        var message = new T();
        Fill(file, node, message, message.Descriptor.Name);
        return message;
    }

    private static void Fill(SpecFile file, YamlMappingNode node, IMessage message, string where)
    {
        if (message is ProtoRoutes routes)
        {
            foreach (var (key, value) in node.Children)
                routes.Routes[key.ToString()] = ByteString.CopyFromUtf8(Encoding.UTF8.GetString(YamlAsJson.Write(value)));
            return;
        }

        foreach (var (key, value) in node.Children)
        {
            var name = key.ToString();
            if (!TryFill(file, name, value, message))
                throw file.UnknownKey(key, where, KeysOf(message.Descriptor));
        }
    }

    private static bool TryFill(SpecFile file, string name, YamlNode value, IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (DiegoJsonSchema.IsFlattened(field))
            {
                var inner = (IMessage?)field.Accessor.GetValue(message) ?? EmptyMessage.Of(field.MessageType);
                if (!TryFill(file, name, value, inner))
                    continue;
                field.Accessor.SetValue(message, inner);
                return true;
            }

            if (DiegoJsonSchema.Name(field) != name)
                continue;
            if (!IsNull(value))
                Set(file, field, name, value, message);
            return true;
        }

        return false;
    }

    private static void Set(SpecFile file, FieldDescriptor field, string name, YamlNode value, IMessage message)
    {
        if (field.IsMap)
        {
            var map = (IDictionary)field.Accessor.GetValue(message);
            var valueField = field.MessageType.FindFieldByNumber(2);
            foreach (var (key, item) in file.Map(value, name).Children)
                map[key.ToString()] = Value(file, valueField, $"{name}.{key}", item);
        }
        else if (field.IsRepeated)
        {
            var list = (IList)field.Accessor.GetValue(message);
            foreach (var item in file.List(value, name))
                list.Add(Value(file, field, name, item));
        }
        else
        {
            field.Accessor.SetValue(message, Value(file, field, name, value));
        }
    }

    private static object Value(SpecFile file, FieldDescriptor field, string name, YamlNode node)
    {
        if (field.FieldType == FieldType.Message)
        {
            var message = EmptyMessage.Of(field.MessageType);
            Fill(file, file.Map(node, name), message, name);
            return message;
        }

        var text = file.Scalar(node, name);
        return field.FieldType switch
        {
            FieldType.String => text,
            FieldType.Bool => bool.TryParse(text, out var flag)
                ? flag
                : throw file.Wrong(node, name, $"must be true or false, not \"{text}\""),
            FieldType.Int32 => Number<int>(file, node, name, text),
            FieldType.UInt32 => Number<uint>(file, node, name, text),
            FieldType.Int64 => Number<long>(file, node, name, text),
            FieldType.UInt64 => Number<ulong>(file, node, name, text),
            FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, EnumNumber(file, field, node, name, text)),
            _ => throw file.Wrong(node, name, "cannot be given in a file"),
        };
    }

    private static T Number<T>(SpecFile file, YamlNode node, string name, string text)
        where T : System.Numerics.INumber<T>, System.Numerics.IMinMaxValue<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw file.Wrong(node, name, $"must be a whole number from {T.MinValue} to {T.MaxValue}, not \"{text}\"");

    private static int EnumNumber(SpecFile file, FieldDescriptor field, YamlNode node, string name, string text)
    {
        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && field.EnumType.FindValueByNumber(number) is not null
        )
            return number;
        return field.EnumType.FindValueByName(text)?.Number
            ?? throw file.Wrong(
                node,
                name,
                $"must be one of {string.Join(", ", field.EnumType.Values.Select(value => value.Name))}, not \"{text}\""
            );
    }

    private static IEnumerable<string> KeysOf(MessageDescriptor message) =>
        message
            .Fields.InDeclarationOrder()
            .SelectMany(field => DiegoJsonSchema.IsFlattened(field) ? KeysOf(field.MessageType) : [DiegoJsonSchema.Name(field)]);

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" or "" };
}
