using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>A client for one registry or mirror, for one pull of one repository: the read part of the OCI distribution protocol.</summary>
/// <param name="address">Ends in a slash.</param>
/// <param name="repository">Path of the repository in the registry.</param>
internal sealed class RegistryClient(
    Uri address,
    string repository,
    RegistryCredentials? credentials,
    RegistryOptions options,
    TimeProvider time
)
{
    private const int MostRedirects = 5;
    private const int LargestToken = 1 << 20;
    private const int LongestMessage = 300;

    /// <summary>No name, redirect or token service leads to these: clouds answer there with a machine's own credentials.</summary>
    private static readonly IReadOnlyList<IPNetwork> DeniedNetworks = [.. OutboundConnection.MetadataNetworks.Select(IPNetwork.Parse)];

    /// <summary>Redirects are followed manually, because credentials must not be sent to another host.</summary>
    private static readonly HttpClient Http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 64,
            ConnectCallback = (context, cancellation) => OutboundConnection.OpenAsync(context.DnsEndPoint, DeniedNetworks, cancellation),
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan, // each request has its own
    };

    private static readonly string[] ManifestTypes =
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ];

    private AuthenticationHeaderValue? _authorization;

    /// <summary>Name of the registry in messages.</summary>
    public string Name => address.IsDefaultPort ? address.Host : address.Authority;

    /// <param name="reference">Tag or digest.</param>
    /// <exception cref="DomainException">It does not exist, or these credentials give no access.</exception>
    /// <exception cref="RegistryUnavailableException">The registry failed.</exception>
    public async Task<byte[]> ManifestAsync(string reference, int maxBytes, CancellationToken cancellation)
    {
        using var response = await GetAsync($"manifests/{reference}", ManifestTypes, null, cancellation);
        return await ReadAllAsync(response, $"manifest {reference}", maxBytes, cancellation);
    }

    public async Task<byte[]> BlobAsync(string digest, int maxBytes, CancellationToken cancellation)
    {
        using var response = await GetAsync($"blobs/{digest}", [], null, cancellation);
        return await ReadAllAsync(response, $"blob {digest}", maxBytes, cancellation);
    }

    /// <summary>Reads a blob from an offset; calls <paramref name="restart"/> if the registry starts from the beginning instead.</summary>
    public async Task CopyBlobAsync(
        string digest,
        long from,
        Action restart,
        Func<ReadOnlyMemory<byte>, ValueTask> write,
        CancellationToken cancellation
    )
    {
        using var response = await GetAsync($"blobs/{digest}", [], from > 0 ? new RangeHeaderValue(from, null) : null, cancellation);
        if (from > 0 && (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != from))
        {
            if (response.StatusCode == HttpStatusCode.PartialContent)
                throw new RegistryUnavailableException($"registry {Name} sent another part of {digest} than it was asked for");
            restart();
        }

        var buffer = new byte[128 << 10];
        await ReadAsync(response, buffer, write, cancellation);
    }

    private async Task<HttpResponseMessage> GetAsync(
        string path,
        IReadOnlyList<string> accept,
        RangeHeaderValue? range,
        CancellationToken cancellation
    )
    {
        var url = new Uri(address, $"v2/{repository}/{path}");
        var (response, answered) = await SendAsync(url, accept, range, cancellation);
        if (
            response.StatusCode == HttpStatusCode.Unauthorized
            // A host that the registry redirects to must not learn the credentials by asking for them.
            && IsSameOrigin(answered, address)
            && AuthChallenge.Of(response.Headers.WwwAuthenticate) is { } challenge
        )
        {
            // Also if the token was accepted before: it can expire during a long download.
            response.Dispose();
            _authorization = await MeetAsync(challenge, cancellation);
            (response, _) = await SendAsync(url, accept, range, cancellation);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await FailureAsync(response, path, cancellation);
    }

    /// <summary>Sends a request and follows redirects, which for blobs usually lead to a separate store.</summary>
    /// <returns>The answer, and who gave it.</returns>
    private async Task<(HttpResponseMessage Response, Uri Answered)> SendAsync(
        Uri url,
        IReadOnlyList<string> accept,
        RangeHeaderValue? range,
        CancellationToken cancellation
    )
    {
        var target = url;
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("scheduler", "1"));
            foreach (var type in accept)
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
            request.Headers.Range = range;
            if (IsSameOrigin(target, address))
                request.Headers.Authorization = _authorization;
            var response = await SendAsync(request, cancellation);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
                return (response, target);
            response.Dispose();
            var next = new Uri(target, location);
            if (
                next.Scheme is not ("http" or "https")
                || (target.Scheme == "https" && next.Scheme == "http")
                || (next.IsLoopback && !address.IsLoopback)
            )
                throw ImageError.Bad($"registry {Name} redirects to {next.Scheme}://{next.Host}, which is less safe than itself");
            target = next;
        }

        throw ImageError.Bad($"registry {Name} redirects more than {MostRedirects} times");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (HttpRequestException failure) when (failure.InnerException is DeniedAddressException denied)
        {
            throw ImageError.Bad($"registry {Name}: {denied.Host} is a link-local address, which belongs to no registry");
        }
        catch (HttpRequestException failure)
        {
            throw new RegistryUnavailableException($"registry {Name} cannot be reached: {failure.Message}", failure);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new RegistryUnavailableException($"registry {Name} did not answer within {options.Timeout}", failure);
        }
    }

    private async Task<AuthenticationHeaderValue> MeetAsync(AuthChallenge challenge, CancellationToken cancellation)
    {
        if (challenge.Scheme == "basic")
            return credentials switch
            {
                null => throw Denied("asks for a user name and password"),
                { IsIdentityToken: true } => throw ImageError.Bad(
                    $"registry {Name} asks for a user name and password, and takes no identity token"
                ),
                _ => new AuthenticationHeaderValue("Basic", credentials.Basic),
            };

        if (
            !Uri.TryCreate(challenge.Parameters["realm"], UriKind.Absolute, out var realm)
            || realm.Scheme is not ("http" or "https")
            // Without TLS the credentials go to no other host than the one that they are for.
            || (realm.Scheme == "http" && (address.Scheme == "https" || realm.Host != address.Host))
        )
            throw ImageError.Bad($"registry {Name} names a token service that cannot be used");
        using var request = TokenRequests.Of(
            realm,
            challenge.Parameters.GetValueOrDefault("service"),
            challenge.Parameters.GetValueOrDefault("scope") ?? $"repository:{repository}:pull",
            credentials
        );
        using var response = await SendAsync(request, cancellation);
        if (
            response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            // OAuth's answer to a refresh token that has expired or was withdrawn.
            || (response.StatusCode == HttpStatusCode.BadRequest && credentials is { IsIdentityToken: true })
        )
            throw Denied(await MessageAsync(response, cancellation));
        if (!response.IsSuccessStatusCode)
            throw Failed(response, "its token service answered");
        var content = await ReadAllAsync(response, "token", LargestToken, cancellation);
        return new AuthenticationHeaderValue(
            "Bearer",
            Token(content) ?? throw ImageError.Bad($"the token service of registry {Name} sent no token")
        );
    }

    private static string? Token(byte[] content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var root = document.RootElement;
            return root.TryGetProperty("token", out var token) || root.TryGetProperty("access_token", out token) ? token.GetString() : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<Exception> FailureAsync(HttpResponseMessage response, string path, CancellationToken cancellation) =>
        response.StatusCode switch
        {
            HttpStatusCode.NotFound => ImageError.Bad(
                $"registry {Name} has no {path.Replace('/', ' ').Replace("manifests", "manifest").Replace("blobs", "blob")} in {repository}{Suffix(await MessageAsync(response, cancellation))}"
            ),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Denied(await MessageAsync(response, cancellation)),
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => Failed(
                response,
                "it answered"
            ),
            _ => ImageError.Bad(
                $"registry {Name} answered {(int)response.StatusCode} to a request for {path}{Suffix(await MessageAsync(response, cancellation))}"
            ),
        };

    private RegistryUnavailableException Failed(HttpResponseMessage response, string what) =>
        new($"registry {Name} failed: {what} {(int)response.StatusCode} {response.ReasonPhrase}", null, response.Headers.RetryAfter?.Delta);

    private DomainException Denied(string message) =>
        ImageError.Bad(
            credentials is null
                ? $"registry {Name} does not give {repository} to everybody, and no credentials for it are set{Suffix(message)}"
                : $"registry {Name} refuses {credentials.Shown} for {repository}{Suffix(message)}"
        );

    private static string Suffix(string message) => message.Length > 0 ? $": {message}" : "";

    /// <summary>The registry's own message, from its error document.</summary>
    private async Task<string> MessageAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            using var document = JsonDocument.Parse(await ReadAllAsync(response, "error", 64 << 10, cancellation));
            var root = document.RootElement;
            if (root.TryGetProperty("details", out var details) || root.TryGetProperty("error_description", out details))
                return Shown(details.ToString());
            var first = root.GetProperty("errors").EnumerateArray().First();
            return Shown(first.TryGetProperty("message", out var message) ? message.ToString() : first.GetProperty("code").ToString());
        }
        catch (Exception failure)
            when (failure
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or DomainException
                        or RegistryUnavailableException
            )
        {
            return ""; // it has none; the status says enough
        }

        static string Shown(string text) => string.Concat(text.Take(LongestMessage).Select(c => char.IsControl(c) ? ' ' : c));
    }

    private async Task<byte[]> ReadAllAsync(HttpResponseMessage response, string what, int maxBytes, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        await ReadAsync(
            response,
            new byte[16 << 10],
            bytes =>
            {
                if (content.Length + bytes.Length > maxBytes)
                    throw ImageError.Bad($"{what} of registry {Name} is larger than {maxBytes} bytes");
                content.Write(bytes.Span);
                return ValueTask.CompletedTask;
            },
            cancellation
        );
        return content.ToArray();
    }

    private async Task ReadAsync(
        HttpResponseMessage response,
        byte[] buffer,
        Func<ReadOnlyMemory<byte>, ValueTask> write,
        CancellationToken cancellation
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        while (true)
        {
            int read;
            using var timeout = new CancellationTokenSource(options.Timeout, time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
            try
            {
                read = await stream.ReadAsync(buffer, limit.Token);
            }
            catch (Exception failure) when (failure is IOException or HttpRequestException)
            {
                throw new RegistryUnavailableException($"registry {Name} broke off: {failure.Message}", failure);
            }
            catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
            {
                throw new RegistryUnavailableException($"registry {Name} sent nothing for {options.Timeout}", failure);
            }

            if (read == 0)
                return;
            await write(buffer.AsMemory(0, read));
        }
    }

    private static bool IsSameOrigin(Uri one, Uri other) => one.Scheme == other.Scheme && one.Host == other.Host && one.Port == other.Port;
}
