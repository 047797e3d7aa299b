using System.Text.Json;
using Google.Protobuf;
using Scheduler.Contracts.V1;

namespace Scheduler.Contracts.Work;

/// <summary>
/// The hostnames under which a desired LRP's instances reach each other: route group <c>internal-router</c>,
/// <c>[{"hostname":"a.apps.internal"}]</c>.
/// </summary>
public static class InternalRoutes
{
    /// <returns>Empty if the group is missing, or if its text, which is client input, has another form.</returns>
    public static IReadOnlyList<string> HostnamesOf(DesiredLRP lrp)
    {
        ArgumentNullException.ThrowIfNull(lrp);
        return Group(lrp) is { IsEmpty: false } json ? Read(json).Hostnames : [];
    }

    /// <summary>Parses the text of the group.</summary>
    public static InternalRouteNames Read(ByteString json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var routes = JsonDocument.Parse(json.Memory);
            return routes.RootElement.ValueKind switch
            {
                JsonValueKind.Null => new([], IsWellFormed: true, HasNameless: false),
                JsonValueKind.Array => Read(routes.RootElement.EnumerateArray()),
                _ => InternalRouteNames.Unreadable,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string in it is not valid text, such as half a surrogate pair.
            return InternalRouteNames.Unreadable;
        }
    }

    /// <summary>Whether both have exactly the same text in this group.</summary>
    public static bool AreSame(DesiredLRP one, DesiredLRP other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Group(one).Equals(Group(other));
    }

    private static InternalRouteNames Read(JsonElement.ArrayEnumerator routes)
    {
        var hostnames = new List<string>();
        var (isWellFormed, hasNameless) = (true, false);
        foreach (var route in routes)
        {
            if (route.ValueKind != JsonValueKind.Object)
                isWellFormed = false;
            else if (!route.TryGetProperty("hostname", out var name) || name.ValueKind == JsonValueKind.Null)
                hasNameless = true;
            else if (name.ValueKind != JsonValueKind.String)
                isWellFormed = false;
            else
                hostnames.Add(name.GetString()!);
        }

        return new(hostnames, isWellFormed, hasNameless);
    }

    private static ByteString Group(DesiredLRP lrp) =>
        lrp.Routes is not null && lrp.Routes.Routes.TryGetValue(RouteKeys.Internal, out var json) ? json : ByteString.Empty;
}

/// <summary>The content of an <c>internal-router</c> group.</summary>
/// <param name="Hostnames">The readable ones, in their order; some may be empty.</param>
/// <param name="IsWellFormed">Whether the whole text is a list of objects whose hostname, if any, is a string.</param>
/// <param name="HasNameless">Whether a route has no hostname.</param>
public readonly record struct InternalRouteNames(IReadOnlyList<string> Hostnames, bool IsWellFormed, bool HasNameless)
{
    internal static readonly InternalRouteNames Unreadable = new([], IsWellFormed: false, HasNameless: false);
}
