using System.Text.Json;
using System.Web;
using Scheduler.Cli.Images;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Containers;
using static Scheduler.Tests.Integration.Containers.ImageStoreFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>A registry whose token service takes an identity token, as <c>docker login</c> stores one, instead of a password.</summary>
public sealed class IdentityTokenTests : IDisposable
{
    private const string Secret = "s3cret-identity";
    private const string Granted = "granted";

    private readonly ImageStoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task It_is_exchanged_for_a_token_of_one_repository()
    {
        var files = Image();
        await using var registry = Serving(files, _ => new ScriptedReply(200, $$"""{"access_token":"{{Granted}}"}"""));
        var config = Path.Combine(_fixture.Directory, "config.json");
        var login = new { auth = Convert.ToBase64String("me:"u8), identitytoken = Secret };
        await File.WriteAllTextAsync(
            config,
            JsonSerializer.Serialize(new { auths = new Dictionary<string, object> { [registry.Authority] = login } })
        );
        _fixture.Options.Registry.AuthFile = config;
        var mounted = await _fixture.MountAsync(_fixture.Open(), Url(registry));

        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(mounted, "which")));
        var asked = Assert.Single(registry.Requests, request => request.Path == "/token");
        Assert.Equal(("POST", null), (asked.Method, asked.Header("authorization")));
        Assert.Equal("application/x-www-form-urlencoded", asked.Header("content-type"));
        var form = HttpUtility.ParseQueryString(System.Text.Encoding.ASCII.GetString(asked.Body));
        Assert.Equal(
            [("grant_type", "refresh_token"), ("client_id", "scheduler"), ("service", "here"), ("scope", "repository:web:pull")],
            form.AllKeys.SkipLast(1).Select(key => (key!, form[key]!))
        );
        Assert.Equal(Secret, form["refresh_token"]);
        Assert.All(
            registry.Requests.Where(request => request != asked),
            request => Assert.True(request.Header("authorization") is null or $"Bearer {Granted}")
        );
    }

    [Fact]
    public async Task One_that_has_expired_is_refused_in_words()
    {
        await using var registry = Serving(
            [],
            _ => new ScriptedReply(400, """{"error":"invalid_grant","error_description":"the token has expired"}""")
        );
        var refused = await RefusedAsync(_fixture.Open(), Url(registry), new RegistryCredentials(RegistryCredentials.TokenUser, Secret));

        Assert.Contains($"registry {registry.Authority} refuses the identity token for web: the token has expired", refused);
        Assert.DoesNotContain(Secret, refused);
    }

    [Fact]
    public async Task A_registry_that_wants_a_password_does_not_get_it()
    {
        await using var registry = new ScriptedServer(_ => new ScriptedReply(401).With("WWW-Authenticate", "Basic realm=\"here\""));
        var refused = await RefusedAsync(_fixture.Open(), Url(registry), new RegistryCredentials(RegistryCredentials.TokenUser, Secret));

        Assert.Contains("asks for a user name and password, and takes no identity token", refused);
        Assert.All(registry.Requests, request => Assert.Null(request.Header("authorization")));
    }

    private static string Url(ScriptedServer registry) => $"docker://{registry.Authority}/web:v1";

    /// <summary>The documents and layers of an image by digest, and its manifest by its tag.</summary>
    private Dictionary<string, byte[]> Image()
    {
        var image = new OciLayoutBuilder();
        image.AddLayer(new RawTar().Header("which", '0', 3).Data("one").End());
        var layout = Path.Combine(_fixture.Directory, "layout");
        image.WriteDirectory(layout);
        var files = Directory
            .GetFiles(Path.Combine(layout, "blobs", "sha256"))
            .ToDictionary(file => $"sha256:{Path.GetFileName(file)}", File.ReadAllBytes);
        var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(layout, "index.json")));
        files["v1"] = files[index.RootElement.GetProperty("manifests")[0].GetProperty("digest").GetString()!];
        return files;
    }

    private static ScriptedServer Serving(Dictionary<string, byte[]> files, Func<ScriptedRequest, ScriptedReply> token)
    {
        ScriptedServer server = null!;
        server = new ScriptedServer(request =>
            request.Path == "/token" ? token(request)
            : request.Header("authorization") == $"Bearer {Granted}" ? new ScriptedReply(200, files[request.Path.Split('/')[^1]])
            : new ScriptedReply(401).With(
                "WWW-Authenticate",
                $"Bearer realm=\"{server.Url("/token")}\",service=\"here\",scope=\"repository:web:pull\""
            )
        );
        return server;
    }
}
