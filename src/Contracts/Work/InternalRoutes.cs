using System.Text.Json;
using Google.Protobuf;
using Scheduler.Contracts.V1;

namespace Scheduler.Contracts.Work;

/// <summary>The host names under which a desired LRP's instances reach each other: route group <c>internal-router</c>, <c>[{"hostname":"a.apps.internal"}]</c>.</summary>
public static class InternalRoutes
{
    private const string Key = "internal-router";

    /// <returns>None when the group is missing, or when its text, which is the client's own, is not of that form.</returns>
    public static IReadOnlyList<string> HostnamesOf(DesiredLRP lrp)
    {
        ArgumentNullException.ThrowIfNull(lrp);
        if (Group(lrp) is not { IsEmpty: false } json) return [];
        try
        {
            using var routes = JsonDocument.Parse(json.Memory);
            return routes.RootElement.ValueKind != JsonValueKind.Array ? [] :
            [
                .. routes.RootElement.EnumerateArray()
                    .Where(route => route.ValueKind == JsonValueKind.Object && route.TryGetProperty("hostname", out var name) && name.ValueKind == JsonValueKind.String)
                    .Select(route => route.GetProperty("hostname").GetString()!),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string in it that is no text, such as half a surrogate pair.
            return [];
        }
    }

    /// <summary>Whether both have the same group, to the letter.</summary>
    public static bool AreSame(DesiredLRP one, DesiredLRP other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Group(one).Equals(Group(other));
    }

    private static ByteString Group(DesiredLRP lrp) =>
        lrp.Routes is not null && lrp.Routes.Routes.TryGetValue(Key, out var json) ? json : ByteString.Empty;
}
