using System.Text.Json;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Client;

/// <summary>URLs of routes, for people.</summary>
internal static class RouteUrls
{
    private const int HttpPort = 80;

    /// <summary>The hostnames of an LRP's HTTP routes, with their paths and container ports, in their order.</summary>
    /// <returns>Empty if the group is missing, or if its text, which is client input, has another form.</returns>
    public static IReadOnlyList<(string Hostname, uint Port)> HostnamesOf(ProtoRoutes? routes)
    {
        if (routes is null || !routes.Routes.TryGetValue(RouteKeys.Http, out var text))
            return [];
        try
        {
            using var json = JsonDocument.Parse(text.Memory);
            return
            [
                .. from route in json.RootElement.EnumerateArray()
                let port = route.GetProperty("port").GetUInt32()
                from hostname in route.GetProperty("hostnames").EnumerateArray()
                select (hostname.GetString() ?? "", port),
            ];
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return [];
        }
    }

    /// <summary>Where a hostname with an optional path answers, if its name leads to the router.</summary>
    public static string Of(string router, string hostname)
    {
        var url = new Uri(router);
        var slash = hostname.IndexOf('/', StringComparison.Ordinal);
        var (host, path) = slash < 0 ? (hostname, "") : (hostname[..slash], hostname[slash..]);
        return url.Port == HttpPort ? $"{url.Scheme}://{host}{path}" : $"{url.Scheme}://{host}:{url.Port}{path}";
    }
}
