using System.Text;
using System.Text.Json;
using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Containers;
using static Scheduler.Tests.Integration.Containers.ImageStoreFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>A registry that lies, never ends, or leads elsewhere costs a bounded effort and learns nothing.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private static readonly RegistryCredentials Secret = new("robot", "s3cret");

    private readonly ImageStoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_manifest_without_end_is_cut_at_the_limit()
    {
        _fixture.Options.MaxDocumentBytes = 1 << 20;
        await using var registry = new RawHttpServer((_, to, ending) => PourAsync(to, ending));
        Assert.Contains("is larger than 1048576 bytes", await RefusedAsync(_fixture.Open(), Url(registry)));
    }

    [Fact]
    public async Task A_layer_longer_than_its_descriptor_is_cut_there()
    {
        await using var registry = Serving(new Served { Blob = (to, ending) => PourAsync(to, ending) });
        Assert.Contains("is longer than the 10 bytes of its descriptor", await RefusedAsync(_fixture.Open(), Url(registry)));
    }

    [Fact]
    public async Task A_layer_of_other_bytes_is_refused_and_not_kept()
    {
        await using var registry = Serving(new Served { Blob = (to, _) => RawHttpServer.WriteAsync(to, "200 OK", new byte[10]) });
        Assert.Contains("does not match its digest", await RefusedAsync(_fixture.Open(), Url(registry)));
        Assert.All(Directory.GetFiles(_fixture.Downloads), file => Assert.Equal(0, new FileInfo(file).Length));
    }

    [Fact]
    public async Task A_layer_that_always_starts_again_and_breaks_off_fails_after_the_attempts()
    {
        await using var registry = Serving(
            new Served { Blob = (to, _) => RawHttpServer.WriteAsync(to, "200 OK", new byte[3], length: 10) }
        );
        await RefusedAsync(_fixture.Open(), Url(registry), kind: ErrorKind.Unavailable);
        Assert.InRange(
            registry.Requests.Count(request => request.Path.Contains("/blobs/", StringComparison.Ordinal)),
            _fixture.Options.Registry.Attempts,
            _fixture.Options.Registry.Attempts + 2
        );
    }

    [Fact]
    public async Task A_layer_that_never_ends_ends_with_the_limit_of_the_pull()
    {
        _fixture.Options.Registry.PullTimeout = TimeSpan.FromMilliseconds(500);
        await using var registry = Serving(
            new Served
            {
                Blob = async (to, ending) =>
                {
                    await to.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nx"u8.ToArray(), ending);
                    await Task.Delay(Timeout.Infinite, ending);
                },
            }
        );
        var refused = await RefusedAsync(_fixture.Open(), Url(registry), kind: ErrorKind.Unavailable);
        Assert.StartsWith(
            $"image {Url(registry)}: the pull did not end within 500ms (--image-pull-timeout of the cell); it was pulling {registry.Host}/web:v1: ",
            refused
        );
    }

    [Fact]
    public async Task A_document_shorter_than_its_length_fails_for_now()
    {
        await using var registry = new RawHttpServer((_, to, _) => RawHttpServer.WriteAsync(to, "200 OK", "{}"u8.ToArray(), length: 100));
        Assert.Contains("broke off", await RefusedAsync(_fixture.Open(), Url(registry), kind: ErrorKind.Unavailable));
    }

    [Theory]
    [InlineData("file:///etc/passwd", "redirects to file://")]
    [InlineData("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a link-local address")]
    [InlineData("http://[::ffff:169.254.169.254]/", "is a link-local address")]
    [InlineData("http://100.100.100.200/", "100.100.100.200 is a link-local address")]
    public async Task A_redirect_leads_to_no_file_and_no_metadata_service(string target, string rule)
    {
        await using var registry = new RawHttpServer((_, to, _) => RawHttpServer.WriteAsync(to, $"307 Moved\r\nLocation: {target}"));
        Assert.Contains(rule, await RefusedAsync(_fixture.Open(), Url(registry)));
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using var registry = new RawHttpServer(
            (request, to, _) => RawHttpServer.WriteAsync(to, $"307 Moved\r\nLocation: {request.Path}")
        );
        Assert.Contains("redirects more than 5 times", await RefusedAsync(_fixture.Open(), Url(registry)));
    }

    [Fact]
    public async Task A_host_that_the_registry_redirects_to_cannot_ask_for_the_credentials()
    {
        await using var thief = new RawHttpServer(
            (request, to, _) =>
                RawHttpServer.WriteAsync(to, $"401 No\r\nWWW-Authenticate: Bearer realm=\"http://{request.Header("host")}/token\"")
        );
        await using var registry = new RawHttpServer(
            (_, to, _) => RawHttpServer.WriteAsync(to, $"307 Moved\r\nLocation: http://{thief.Host}/blob")
        );
        await RefusedAsync(_fixture.Open(), Url(registry), Secret);
        Assert.NotEmpty(thief.Requests);
        Assert.All(thief.Requests, request => Assert.Null(request.Header("authorization")));
    }

    [Fact]
    public async Task A_token_service_on_another_host_gets_no_credentials_without_tls()
    {
        await using var thief = new RawHttpServer((_, to, _) => RawHttpServer.WriteAsync(to, "200 OK", """{"token":"x"}"""u8.ToArray()));
        await using var registry = new RawHttpServer(
            (_, to, _) => RawHttpServer.WriteAsync(to, $"401 No\r\nWWW-Authenticate: Bearer realm=\"http://localhost:{thief.Port}/token\"")
        );
        Assert.Contains("names a token service that cannot be used", await RefusedAsync(_fixture.Open(), Url(registry), Secret));
        Assert.Empty(thief.Requests);
    }

    [Fact]
    public async Task Indexes_that_nest_without_end_are_left_at_a_depth()
    {
        var documents = new Dictionary<string, byte[]>();
        var (body, digest) = ("{}"u8.ToArray(), "");
        for (var depth = 0; depth < 8; depth++)
        {
            digest = OciLayoutBuilder.Digest(body);
            documents[digest] = body;
            body = JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    schemaVersion = 2,
                    manifests = new[]
                    {
                        new
                        {
                            mediaType = "application/vnd.oci.image.index.v1+json",
                            digest,
                            size = body.Length,
                        },
                    },
                }
            );
        }

        await using var registry = new RawHttpServer(
            (request, to, _) => RawHttpServer.WriteAsync(to, "200 OK", documents.GetValueOrDefault(request.Path.Split('/')[^1], body))
        );
        Assert.Contains("indexes are nested more than 4 deep", await RefusedAsync(_fixture.Open(), Url(registry)));
    }

    [Fact]
    public async Task A_slow_registry_holds_up_nobody_who_wants_the_same_layer_from_elsewhere()
    {
        var image = new OciLayoutBuilder();
        image.AddLayer(new RawTar().Header("which", '0', 3).Data("one").End());
        var layout = Path.Combine(_fixture.Directory, "layout");
        image.WriteDirectory(layout);
        var files = Directory.GetFiles(Path.Combine(layout, "blobs", "sha256")).ToDictionary(file => $"sha256:{Path.GetFileName(file)}");
        var manifest = JsonDocument
            .Parse(await File.ReadAllBytesAsync(Path.Combine(layout, "index.json")))
            .RootElement.GetProperty("manifests")[0]
            .GetProperty("digest")
            .GetString()!;
        var layer = JsonDocument
            .Parse(await File.ReadAllBytesAsync(files[manifest]))
            .RootElement.GetProperty("layers")[0]
            .GetProperty("digest")
            .GetString()!;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = new RawHttpServer(
            async (request, to, ending) =>
            {
                if (request.Path.EndsWith(layer, StringComparison.Ordinal))
                {
                    asked.TrySetResult();
                    await Task.Delay(Timeout.Infinite, ending);
                }

                await SendAsync(request, to);
            }
        );
        await using var quick = new RawHttpServer((request, to, _) => SendAsync(request, to));
        var store = _fixture.Open();
        using var impatient = new CancellationTokenSource();
        var waiting = store.PrepareAsync(new ImageRequest(Url(slow)), impatient.Token);
        await asked.Task;

        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(await _fixture.MountAsync(store, Url(quick)), "which")));
        Assert.Equal(Url(slow), Assert.Single(store.Pulls()).Read().Image);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Empty(store.Pulls());

        async Task SendAsync(RawRequest request, Stream to)
        {
            var name = request.Path.Split('/')[^1];
            await RawHttpServer.WriteAsync(to, "200 OK", await File.ReadAllBytesAsync(files[name == "v1" ? manifest : name]));
        }
    }

    private static string Url(RawHttpServer registry) => $"docker://{registry.Host}/web:v1";

    /// <summary>Never ends by itself.</summary>
    private static async Task PourAsync(Stream to, CancellationToken ending)
    {
        await to.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8.ToArray(), ending);
        var water = Encoding.ASCII.GetBytes(new string(' ', 64 << 10));
        while (true)
            await to.WriteAsync(water, ending);
    }

    /// <summary>A registry of one image whose only layer claims to have 10 bytes.</summary>
    private static RawHttpServer Serving(Served served)
    {
        var digest = OciLayoutBuilder.Digest([1]);
        var config = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                os = "linux",
                architecture = "",
                rootfs = new { type = "layers", diff_ids = new[] { digest } },
            }
        );
        var manifest = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                schemaVersion = 2,
                config = new { digest = OciLayoutBuilder.Digest(config), size = config.Length },
                layers = new[] { new { digest, size = 10 } },
            }
        );
        return new RawHttpServer(
            (request, to, ending) =>
                request.Path.Split('/')[^1] is var name && name == "v1" ? RawHttpServer.WriteAsync(to, "200 OK", manifest)
                : name == digest ? served.Blob(to, ending)
                : RawHttpServer.WriteAsync(to, "200 OK", config)
        );
    }

    private sealed record Served
    {
        public required Func<Stream, CancellationToken, Task> Blob { get; init; }
    }
}
