using System.Net.Http.Headers;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>The request for a bearer token at a registry's token service.</summary>
internal static class TokenRequests
{
    /// <summary>OAuth requires a name of the program that asks.</summary>
    private const string ClientId = "scheduler";

    /// <summary>
    /// With a password or nothing it is a GET, as every token service takes it. An identity token is a refresh token of OAuth 2, which goes
    /// in a form.
    /// </summary>
    /// <param name="service">Null: the challenge names none.</param>
    public static HttpRequestMessage Of(Uri realm, string? service, string scope, RegistryCredentials? credentials)
    {
        List<KeyValuePair<string, string>> fields = service is null ? [] : [new("service", service)];
        fields.Add(new("scope", scope));
        if (credentials is { IsIdentityToken: true })
            return new HttpRequestMessage(HttpMethod.Post, realm)
            {
                Content = new FormUrlEncodedContent([
                    new("grant_type", "refresh_token"),
                    new("client_id", ClientId),
                    .. fields,
                    new("refresh_token", credentials.Password),
                ]),
            };
        var given = realm.Query.TrimStart('?');
        var query = fields.Select(field => $"{field.Key}={Uri.EscapeDataString(field.Value)}");
        var request = new HttpRequestMessage(
            HttpMethod.Get,
            new UriBuilder(realm) { Query = string.Join('&', given.Length > 0 ? query.Prepend(given) : query) }.Uri
        );
        if (credentials is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials.Basic);
        return request;
    }
}
