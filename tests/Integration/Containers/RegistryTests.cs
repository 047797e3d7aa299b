using System.Security.Cryptography;
using System.Text.Json;
using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Containers;
using static Scheduler.Tests.Integration.Containers.ImageStoreFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Pulls images from a real registry, to which skopeo pushed them.</summary>
public sealed class RegistryTests : IDisposable
{
    private const int LargeLayer = 4 << 20;

    private readonly ImageStoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Pulls_by_tag_and_by_digest_in_all_compressions_and_runs_on_without_the_registry()
    {
        await using var registry = await RegistryServer.StartNewAsync();
        var layout = Build("one", large: false);
        await registry.PushAsync(layout, "team/web:v1");
        await registry.PushAsync(layout, "team/web:zstd", "--dest-compress-format", "zstd");
        await registry.PushAsync(layout, "team/web:docker", "--format", "v2s2");
        var store = _fixture.Open();
        foreach (var tag in (string[])["v1", "zstd", "docker"])
            Assert.Equal("one", await ReadAsync(store, $"docker://{registry.Host}/team/web:{tag}"));
        Assert.Equal(2, LayerCount()); // the same two, however they were compressed

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Head, $"http://{registry.Host}/v2/team/web/manifests/docker")
        {
            Headers = { { "Accept", "application/vnd.docker.distribution.manifest.v2+json" } },
        };
        using var answer = await http.SendAsync(request);
        var digest = answer.Headers.GetValues("Docker-Content-Digest").Single();
        Assert.Equal("one", await ReadAsync(store, $"docker://{registry.Host}/team/web@{digest}"));
        Assert.Empty(Directory.GetFiles(_fixture.Downloads));

        registry.Kill();
        Assert.Equal("one", await ReadAsync(_fixture.Open(), $"docker://{registry.Host}/team/web:v1"));
    }

    [Fact]
    public async Task A_tag_is_asked_for_again_as_the_policy_says()
    {
        await using var registry = await RegistryServer.StartNewAsync();
        var url = $"docker://{registry.Host}/web:latest";
        await registry.PushAsync(Build("one", large: false), "web:latest");
        Assert.Equal("one", await ReadAsync(_fixture.Open(), url));
        await registry.PushAsync(Build("two", large: false), "web:latest");
        Assert.Equal("one", await ReadAsync(_fixture.Open(), url));
        _fixture.Options.Registry.Pull = ImagePullPolicy.Always;
        Assert.Equal("two", await ReadAsync(_fixture.Open(), url));
        _fixture.Options.Registry.Pull = ImagePullPolicy.Never;
        Assert.Equal("two", await ReadAsync(_fixture.Open(), url));
        Assert.Contains("the pull policy is never", await RefusedAsync(_fixture.Open(), $"docker://{registry.Host}/web:other"));
    }

    /// <summary>The cell's policy, the work's, and which of two images with the same tag a cell with the older one starts.</summary>
    [Theory]
    [InlineData(ImagePullPolicy.Never, ImagePullPolicy.Always, "two")]
    [InlineData(ImagePullPolicy.Always, ImagePullPolicy.Missing, "one")]
    [InlineData(ImagePullPolicy.Always, ImagePullPolicy.Never, "one")]
    [InlineData(ImagePullPolicy.Always, null, "two")]
    public async Task The_policy_of_work_counts_more_than_that_of_its_cell(ImagePullPolicy cells, ImagePullPolicy? works, string which)
    {
        await using var registry = await RegistryServer.StartNewAsync();
        var url = $"docker://{registry.Host}/web:latest";
        await registry.PushAsync(Build("one", large: false), "web:latest");
        Assert.Equal("one", await ReadAsync(_fixture.Open(), url));
        await registry.PushAsync(Build("two", large: false), "web:latest");
        _fixture.Options.Registry.Pull = cells;

        var mounted = await _fixture.MountAsync(_fixture.Open(), url, policy: works);
        Assert.Equal(which, await File.ReadAllTextAsync(Path.Combine(mounted, "which")));
    }

    [Fact]
    public async Task What_is_not_there_is_said_and_is_nobody_elses_fault()
    {
        await using var registry = await RegistryServer.StartNewAsync();
        await registry.PushAsync(Build("one", large: false), "web:v1");
        var store = _fixture.Open();
        var url = $"docker://{registry.Host}/web:v2";
        var message = await RefusedAsync(store, url);
        Assert.Contains($"image {url}: registry {registry.Host} has no manifest v2 in web", message);
        Assert.Contains("has no manifest latest in none", await RefusedAsync(store, $"docker://{registry.Host}/none"));
        Assert.Contains(
            "has no manifest sha256:",
            await RefusedAsync(store, $"docker://{registry.Host}/web@{OciLayoutBuilder.Digest([1])}")
        );
        await registry.PushAsync(Build("one", large: false), "web:v2");
        Assert.Equal("one", await ReadAsync(store, url));
    }

    [Fact]
    public async Task Credentials_of_the_work_or_of_the_cell_open_a_registry_and_wrong_ones_are_refused()
    {
        await using var registry = await RegistryServer.StartNewAsync(withPassword: true);
        await registry.PushAsync(Build("one", large: false), "web:v1");
        var url = $"docker://{registry.Host}/web:v1";
        var right = new RegistryCredentials(RegistryServer.User, RegistryServer.Password);
        var store = _fixture.Open();
        Assert.Contains("no credentials for it are set", await RefusedAsync(store, url));
        var message = await RefusedAsync(store, url, new RegistryCredentials("robot", "wr0ng"));
        Assert.Contains($"registry {registry.Host} refuses the credentials of robot for web", message);
        Assert.DoesNotContain("wr0ng", message);
        Assert.Equal("one", await ReadAsync(store, url, right));

        // The cell has the image now, but that gives access to nobody else.
        Assert.Contains("no credentials for it are set", await RefusedAsync(store, url));
        Assert.Contains("refuses the credentials", await RefusedAsync(store, url, new RegistryCredentials("robot", "wr0ng")));

        var config = Path.Combine(_fixture.Directory, "config.json");
        await File.WriteAllTextAsync(
            config,
            JsonSerializer.Serialize(
                new { auths = new Dictionary<string, object> { [registry.Host] = new { auth = Convert.ToBase64String("robot:secret"u8) } } }
            )
        );
        _fixture.Options.Registry.AuthFile = config;
        Assert.Equal("one", await ReadAsync(_fixture.Open(), url));
    }

    [Fact]
    public async Task A_layer_goes_on_where_its_connection_broke()
    {
        await using var registry = await RegistryServer.StartNewAsync();
        await registry.PushAsync(Build("one", large: true), "web:v1");
        await using var proxy = new CuttingProxy(registry.Port, LargeLayer / 10);
        Assert.Equal("one", await ReadAsync(_fixture.Open(), $"docker://{proxy.Host}/web:v1"));
        Assert.InRange(proxy.Cuts, 5, 200);
        Assert.InRange(proxy.Passed, LargeLayer, LargeLayer * 3L / 2); // only what was in flight is sent twice
    }

    [Fact]
    public async Task A_registry_that_dies_in_the_middle_of_a_layer_fails_the_pull_for_now_and_the_next_one_goes_on_from_there()
    {
        await using var registry = await RegistryServer.StartNewAsync();
        await registry.PushAsync(Build("one", large: true), "web:v1");
        await using var proxy = new CuttingProxy(registry.Port, LargeLayer / 2);
        proxy.OnCut = cuts =>
        {
            if (cuts == 1)
                registry.Kill();
            return Task.CompletedTask;
        };
        var url = $"docker://{proxy.Host}/web:v1";
        Assert.Contains($"registry {proxy.Host} ", await RefusedAsync(_fixture.Open(), url, kind: ErrorKind.Unavailable));
        Assert.NotEmpty(Directory.GetFiles(_fixture.Downloads, "*.part"));

        await registry.StartAsync();
        proxy.CutAfter = long.MaxValue;
        Assert.Equal("one", await ReadAsync(_fixture.Open(), url));
        Assert.InRange(proxy.Passed, LargeLayer, LargeLayer * 3L / 2);
        Assert.Empty(Directory.GetFiles(_fixture.Downloads));
    }

    [Fact]
    public async Task A_mirror_is_asked_first_and_the_registry_when_it_fails()
    {
        await using var mirror = await RegistryServer.StartNewAsync();
        await using var registry = await RegistryServer.StartNewAsync();
        await mirror.PushAsync(Build("mirror", large: false), "web:v1");
        await registry.PushAsync(Build("registry", large: false), "web:v1");
        await registry.PushAsync(Build("only here", large: false), "web:v2");
        _fixture.Options.Registry.Mirrors.Add($"{registry.Host}=http://{mirror.Host}");
        Assert.Equal("mirror", await ReadAsync(_fixture.Open(), $"docker://{registry.Host}/web:v1"));
        Assert.Equal("only here", await ReadAsync(_fixture.Open(), $"docker://{registry.Host}/web:v2"));
        mirror.Kill();
        _fixture.Options.Registry.Pull = ImagePullPolicy.Always;
        Assert.Equal("registry", await ReadAsync(_fixture.Open(), $"docker://{registry.Host}/web:v1"));
    }

    [Fact]
    public async Task An_image_beyond_the_limit_is_refused_before_any_of_it_comes()
    {
        await using var registry = await RegistryServer.StartNewAsync();
        await registry.PushAsync(Build("one", large: true), "web:v1");
        _fixture.Options.MaxImageBytes = 1 << 20;
        Assert.Contains("the limit is 1048576", await RefusedAsync(_fixture.Open(), $"docker://{registry.Host}/web:v1"));
        Assert.Empty(Directory.GetFiles(_fixture.Downloads));
    }

    private async Task<string> ReadAsync(Scheduler.Rep.Images.ImageStore store, string url, RegistryCredentials? credentials = null) =>
        await File.ReadAllTextAsync(Path.Combine(await _fixture.MountAsync(store, url, credentials), "which"));

    private int LayerCount() => Directory.GetDirectories(Path.Combine(_fixture.Directory, "store", "layers")).Length;

    /// <summary>Builds two layers: the upper one holds the image's name, the lower one is small, or large and incompressible.</summary>
    private string Build(string which, bool large)
    {
        var image = new OciLayoutBuilder();
        var content = large ? RandomNumberGenerator.GetBytes(LargeLayer) : [1, 2, 3];
        image.AddLayer(new RawTar().Header("content", '0', content.Length).Data(content).End());
        image.AddLayer(new RawTar().Header("which", '0', which.Length).Data(which).End());
        var directory = Path.Combine(_fixture.Directory, $"layout-{Guid.NewGuid():N}");
        image.WriteDirectory(directory);
        return directory;
    }
}
