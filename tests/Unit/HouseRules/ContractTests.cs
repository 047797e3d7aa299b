using System.Text;
using Google.Protobuf.Reflection;
using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.HouseRules;

/// <summary>Clients in other languages are built from the contract: a field that changes its number or type breaks them.</summary>
public class ContractTests
{
    [Fact]
    public void The_contract_is_as_reviewed()
    {
        var files = typeof(DesiredLRP)
            .Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor")?.GetValue(null))
            .OfType<FileDescriptor>()
            .OrderBy(file => file.Name, StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var file in files)
        {
            text.Append($"{file.Name}\n");
            foreach (var service in file.Services)
                text.AppendJoin(
                    "",
                    service.Methods.Select(method =>
                        $"  rpc {service.Name}.{method.Name}({Stream(method.IsClientStreaming)}{method.InputType.FullName}) returns ({Stream(method.IsServerStreaming)}{method.OutputType.FullName})\n"
                    )
                );
            foreach (var message in file.MessageTypes)
                Append(text, message);
            foreach (var values in file.EnumTypes)
                Append(text, values);
        }

        Golden.Equal("tests/Unit/Golden/contract.txt", text.ToString());
    }

    private static string Stream(bool isStream) => isStream ? "stream " : "";

    private static void Append(StringBuilder text, MessageDescriptor message)
    {
        if (message.GetOptions()?.MapEntry == true)
            return;
        text.Append($"  message {message.FullName}\n");
        foreach (var field in message.Fields.InFieldNumberOrder())
            text.Append($"    {field.FieldNumber} {field.Name}: {TypeOf(field)}\n");
        foreach (var nested in message.NestedTypes)
            Append(text, nested);
        foreach (var values in message.EnumTypes)
            Append(text, values);
    }

    private static void Append(StringBuilder text, EnumDescriptor values) =>
        text.Append($"  enum {values.FullName}: {string.Join(", ", values.Values.Select(value => $"{value.Name} = {value.Number}"))}\n");

    private static string TypeOf(FieldDescriptor field)
    {
        if (field.IsMap)
            return $"map<{TypeOf(field.MessageType.FindFieldByNumber(1))}, {TypeOf(field.MessageType.FindFieldByNumber(2))}>";
        var type = field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            _ => field.FieldType.ToString().ToLowerInvariant(),
        };
        var many =
            field.IsRepeated ? "repeated "
            : field.HasPresence && field.FieldType != FieldType.Message && field.RealContainingOneof is null ? "optional "
            : "";
        return many + type + (field.RealContainingOneof is { } choice ? $" (one of {choice.Name})" : "");
    }
}
