using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Scheduler.Contracts.Work;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>Parser of the JSON under a desired LRP's route keys. Other keys are ignored.</summary>
internal static class RouteParser
{
    /// <summary>Appends one route per hostname. JSON of another shape counts as no routes, as in Diego.</summary>
    /// <returns>False if the JSON could not be read.</returns>
    public static bool TryAppendHttp(ReadOnlySpan<byte> json, string logGuid, IReadOnlyList<MetricTag> tags, List<Route> into)
    {
        if (!TryRead(json, out var parsed))
            return false;
        foreach (var item in parsed)
        {
            foreach (var hostname in item.Hostnames ?? [])
            {
                into.Add(
                    new Route
                    {
                        Kind = RouteKind.Http,
                        Hostname = hostname,
                        ContainerPort = item.Port,
                        LogGuid = logGuid,
                        RouteServiceUrl = item.RouteServiceUrl ?? "",
                        IsolationSegment = item.IsolationSegment ?? "",
                        Protocol = item.Protocol ?? "",
                        Options = item.Options is { ValueKind: not JsonValueKind.Null and not JsonValueKind.Undefined } options
                            ? JsonSerializer.Serialize(options, RouteJsonContext.Default.JsonElement)
                            : null,
                        MetricTags = tags,
                    }
                );
            }
        }

        return true;
    }

    /// <inheritdoc cref="TryAppendHttp"/>
    public static bool TryAppendInternal(ByteString json, string logGuid, List<Route> into)
    {
        var names = InternalRoutes.Read(json);
        if (!names.IsWellFormed)
            return false;
        foreach (var hostname in names.Hostnames)
        {
            if (hostname.Length > 0)
                into.Add(
                    new Route
                    {
                        Kind = RouteKind.Internal,
                        Hostname = hostname,
                        LogGuid = logGuid,
                    }
                );
        }

        return true;
    }

    private static bool TryRead(ReadOnlySpan<byte> json, out HttpRouteJson[] parsed)
    {
        try
        {
            parsed = JsonSerializer.Deserialize(json, RouteJsonContext.Default.HttpRouteJsonArray) ?? [];
            return !parsed.Contains(default);
        }
        catch (JsonException)
        {
            parsed = [];
            return false;
        }
    }
}

internal sealed record HttpRouteJson(
    [property: JsonPropertyName("hostnames")] string[]? Hostnames,
    [property: JsonPropertyName("port")] uint Port,
    [property: JsonPropertyName("route_service_url")] string? RouteServiceUrl,
    [property: JsonPropertyName("isolation_segment")] string? IsolationSegment,
    [property: JsonPropertyName("protocol")] string? Protocol,
    [property: JsonPropertyName("options")] JsonElement? Options
);

[JsonSerializable(typeof(HttpRouteJson[]))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RouteJsonContext : JsonSerializerContext;
