using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Format of an input log: UTF-8 text with one entry per line as a JSON object; the first line is a start entry.</summary>
public static class InputLogFormat
{
    /// <summary>The entry's line, including the newline.</summary>
    public static byte[] ToLine(InputLogEntry entry)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(entry, InputLogJson.Default.InputLogEntry);
        Array.Resize(ref json, json.Length + 1);
        json[^1] = (byte)'\n';
        return json;
    }

    /// <exception cref="JsonException">The line is not a valid entry.</exception>
    public static InputLogEntry Parse(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize(line, InputLogJson.Default.InputLogEntry) ?? throw new JsonException("the line is null");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [
        typeof(CellIdText),
        typeof(ReservationNumber),
        typeof(JsonStringEnumConverter<WorkKind>),
        typeof(JsonStringEnumConverter<ProxyMemoryAccounting>),
    ]
)]
[JsonSerializable(typeof(InputLogEntry))]
internal sealed partial class InputLogJson : JsonSerializerContext;

internal sealed class CellIdText : JsonConverter<CellId>
{
    public override CellId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, CellId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

internal sealed class ReservationNumber : JsonConverter<ReservationId>
{
    public override ReservationId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, ReservationId value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Value);
}
