using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Scheduler.Router.Proxy;

/// <summary>
/// What an instance is told of the client. Only a trusted proxy's word is taken over; of anyone else, such headers are replaced or removed.
/// </summary>
internal sealed class ForwardedHeaders(IEnumerable<string> trustedProxies)
{
    private const string For = "X-Forwarded-For";
    private const string Proto = "X-Forwarded-Proto";
    private const string Host = "X-Forwarded-Host";

    private readonly IPNetwork[] _trusted = [.. trustedProxies.Select(network => IPNetwork.Parse(network))];

    /// <param name="headers">The headers for the instance, to which those of the client have been copied.</param>
    public void Apply(HttpContext context, HttpRequestHeaders headers)
    {
        var client = context.Connection.RemoteIpAddress;
        if (client is { IsIPv4MappedToIPv6: true })
            client = client.MapToIPv4();
        var isTrusted = client is not null && Array.Exists(_trusted, network => network.Contains(client));
        if (!isTrusted)
            RemoveClaims(context.Request.Headers, headers);
        var before = isTrusted ? context.Request.Headers[For].ToString() : "";
        Set(headers, For, before.Length > 0 ? $"{before}, {client}" : client?.ToString() ?? "unknown");
        if (!isTrusted || !headers.Contains(Proto))
            Set(headers, Proto, FrontConnection.IsTls(context) ? "https" : "http");
        if (!isTrusted || !headers.Contains(Host))
            Set(headers, Host, context.Request.Host.Value ?? "");
    }

    private static void RemoveClaims(IHeaderDictionary claimed, HttpRequestHeaders headers)
    {
        foreach (var name in claimed.Keys)
        {
            if (IsClaim(name))
                headers.Remove(name);
        }
    }

    // Frameworks that follow CGI do not distinguish an underscore from a dash.
    private static bool IsClaim(string name) =>
        name.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("X_Forwarded", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("X-Forwarded_", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || name.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || name.Equals("X_Real_IP", StringComparison.OrdinalIgnoreCase);

    private static void Set(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }
}
