using System.Text;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>Credentials in a Docker <c>config.json</c>.</summary>
internal static class DockerConfig
{
    public const string TheCells = "the cell's";

    /// <summary>How helpers know Docker Hub.</summary>
    private const string HubServer = "https://index.docker.io/v1/";

    /// <summary>The credentials for a registry, from the program that the file names for it or else from the file; null if there are none.</summary>
    /// <param name="whose">Whose configuration it is, for messages, such as "the cell's".</param>
    /// <param name="limit">How long the program may take.</param>
    /// <exception cref="DomainException">The file is invalid, or the program failed. No message shows a secret.</exception>
    public static async Task<RegistryCredentials?> FindAsync(
        string host,
        byte[] config,
        string whose,
        TimeSpan limit,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        if (HelperOf(host, config, whose) is { } helper)
        {
            var server = host == ImageName.HubHost ? HubServer : host;
            if (await CredentialHelper.AskAsync(helper, server, whose, limit, time, cancellation) is { } found)
                return found;
        }

        return Of(host, config, whose);
    }

    /// <summary>The credentials that the file itself has for a registry; null if it has none.</summary>
    /// <exception cref="DomainException">The file is invalid. The message does not show its content.</exception>
    public static RegistryCredentials? Of(string host, ReadOnlySpan<byte> config, string whose = TheCells) =>
        Read<RegistryCredentials>(
            config,
            whose,
            root =>
            {
                if (!root.TryGetProperty("auths", out var auths))
                    return null;
                foreach (var entry in auths.EnumerateObject())
                {
                    if (Host(entry.Name) != host)
                        continue;
                    // Beside it the file has a user without a password.
                    if (entry.Value.TryGetProperty("identitytoken", out var token) && token.GetString() is { Length: > 0 } identity)
                        return new RegistryCredentials(RegistryCredentials.TokenUser, identity);
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
        );

    /// <summary>The program to ask about a registry, from <c>credHelpers</c> or else <c>credsStore</c>; null if the file names none.</summary>
    /// <exception cref="DomainException">The file is invalid.</exception>
    public static string? HelperOf(string host, ReadOnlySpan<byte> config, string whose = TheCells) =>
        Read(
            config,
            whose,
            root =>
            {
                if (root.TryGetProperty("credHelpers", out var helpers) && helpers.ValueKind != JsonValueKind.Null)
                {
                    foreach (var entry in helpers.EnumerateObject().Where(entry => Host(entry.Name) == host))
                        return Name(entry.Value);
                }

                return root.TryGetProperty("credsStore", out var store) ? Name(store) : null;
            }
        );

    private static string? Name(JsonElement value) =>
        value.GetString() is not { Length: > 0 } name ? null
        : CredentialHelper.IsName(name) ? name
        : throw new FormatException("a helper's name is no name of a program");

    private static T? Read<T>(ReadOnlySpan<byte> config, string whose, Func<JsonElement, T?> find)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(config);
            using var document = JsonDocument.ParseValue(ref reader);
            return find(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            throw ImageError.Bad($"{whose} file of registry credentials is not a Docker config.json");
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
