using System.Text;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>Credentials in a Docker <c>config.json</c>.</summary>
internal static class DockerConfig
{
    /// <summary>The credentials for a registry in a Docker <c>config.json</c>; null if it has none.</summary>
    /// <exception cref="DomainException">The file is invalid. The message does not show its content.</exception>
    public static RegistryCredentials? Of(string host, ReadOnlySpan<byte> config)
    {
        try
        {
            var reader = new Utf8JsonReader(config);
            using var document = JsonDocument.ParseValue(ref reader);
            if (!document.RootElement.TryGetProperty("auths", out var auths))
                return null;
            foreach (var entry in auths.EnumerateObject())
            {
                if (Host(entry.Name) != host)
                    continue;
                if (entry.Value.TryGetProperty("auth", out var auth) && auth.GetString() is { Length: > 0 } encoded)
                {
                    var text = Encoding.UTF8.GetString(Convert.FromBase64String(encoded));
                    var colon = text.IndexOf(':');
                    if (colon > 0)
                        return new RegistryCredentials(text[..colon], text[(colon + 1)..].TrimEnd('\0'));
                }

                if (entry.Value.TryGetProperty("username", out var user) && entry.Value.TryGetProperty("password", out var password))
                    return new RegistryCredentials(user.GetString() ?? "", password.GetString() ?? "");
            }

            return null;
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            throw ImageError.Bad("the cell's file of registry credentials is not a Docker config.json");
        }
    }

    /// <summary>Keys are hosts, or URLs as written by old programs: <c>https://index.docker.io/v1/</c>.</summary>
    private static string Host(string key)
    {
        var scheme = key.IndexOf("://", StringComparison.Ordinal);
        var host = (scheme < 0 ? key : key[(scheme + 3)..]).Split('/')[0];
        return host is "index.docker.io" or "registry-1.docker.io" ? ImageName.HubHost : host;
    }
}
