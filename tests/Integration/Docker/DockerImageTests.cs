using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Docker;

/// <summary>Images that the engine pulls and loads.</summary>
[Collection(DockerFixture.Collection)]
public sealed class DockerImageTests(DockerFixture fixture) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly DockerTestCell _cell = new(fixture);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Layouts_and_archives_start_as_their_image_says() =>
        _cell.RunAsync(async runtime =>
        {
            var layout = Build("of the layout");
            Assert.Equal(["of the layout in /srv"], await RunImageAsync(runtime, "c1", $"oci://{layout}"));
            Assert.Equal("SIGQUIT", (await runtime.GetAsync("c1", None))!.StopSignal);

            var zstd = Path.Combine(_cell.Directory, "zstd");
            await SkopeoAsync("copy", "--dest-compress-format", "zstd", $"oci:{Build("of zstd")}", $"oci:{zstd}");
            Assert.Equal(["of zstd in /srv"], await RunImageAsync(runtime, "c2", $"oci://{zstd}"));

            var archive = Path.Combine(_cell.Directory, "saved.tar");
            await SkopeoAsync("copy", $"oci:{Build("of the archive")}", $"docker-archive:{archive}:team/web:v1");
            Assert.Equal(["of the archive in /srv"], await RunImageAsync(runtime, "c3", $"oci://{archive}:team/web:v1"));
        });

    [Fact]
    public Task An_archive_that_is_not_what_it_says_is_refused() =>
        _cell.RunAsync(async runtime =>
        {
            var layout = Build("broken");
            var layer = new DirectoryInfo(Path.Combine(layout, "blobs", "sha256")).GetFiles().MaxBy(file => file.Length)!;
            await File.AppendAllTextAsync(layer.FullName, "more");
            var refused = await Assert.ThrowsAsync<DomainException>(() =>
                runtime.CreateAsync(new ContainerSpec { Handle = "c1", RootFs = $"oci://{layout}" }, None)
            );
            Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
            Assert.Contains(layout, refused.Message);
            Assert.Contains(layer.Name, refused.Message);
            Assert.Null(await runtime.GetAsync("c1", None));
        });

    [Fact]
    public Task An_image_that_another_cells_container_uses_stays() =>
        _cell.RunAsync(async runtime =>
        {
            var url = $"oci://{Build("shared")}";
            await using var cell = new DockerTestCell(fixture);
            await cell.RunAsync(async other =>
            {
                await RunImageAsync(runtime, "c1", url);
                await RunImageAsync(other, "c1", url);
                await runtime.DestroyAsync("c1", None);

                Assert.Equal((0, 0), await runtime.Images.PruneAsync(TimeSpan.Zero));
                var refused = await Assert.ThrowsAsync<DomainException>(() => runtime.Images.RemoveAsync(url));
                Assert.Equal(ErrorKind.ResourceConflict, refused.Kind);
                Assert.Single(runtime.Images.List());

                await other.DestroyAsync("c1", None);
                Assert.Equal(1, (await other.Images.PruneAsync(TimeSpan.Zero)).Images);
                await runtime.Images.PruneAsync(TimeSpan.Zero);
                Assert.Empty(runtime.Images.List());
            });
        });

    [Fact]
    public Task Images_of_a_registry_are_pulled_kept_and_removed() =>
        _cell.RunAsync(async runtime =>
        {
            await using var registry = await RegistryServer.StartNewAsync();
            await registry.PushAsync(Build("one"), "team/web:v1");
            var url = $"docker://{registry.Host}/team/web:v1";
            Assert.Equal(["one in /srv"], await RunImageAsync(runtime, "c1", url));

            // A tag stays what it was until somebody asks.
            await registry.PushAsync(Build("two"), "team/web:v1");
            Assert.Equal(["one in /srv"], await RunImageAsync(runtime, "c2", url));
            var pulls = 0;
            var pulled = await runtime.Images.PullAsync(url, null, _ => pulls++, None);
            Assert.Equal((1, 0), (pulls, pulled.Containers));
            Assert.Equal(["two in /srv"], await RunImageAsync(runtime, "c3", url));

            var kept = Assert.Single(runtime.Images.List());
            Assert.Equal($"{registry.Host}/team/web:v1", kept.Name);
            Assert.StartsWith("sha256:", kept.Digest);
            Assert.Equal(1, kept.Containers);
            var used = await Assert.ThrowsAsync<DomainException>(() => runtime.Images.RemoveAsync(url));
            Assert.Equal(ErrorKind.ResourceConflict, used.Kind);
            await runtime.DestroyAsync("c3", None);
            Assert.True(await runtime.Images.RemoveAsync(url) > 0);
            Assert.Empty(runtime.Images.List());

            registry.Kill();
            var gone = await Assert.ThrowsAsync<DomainException>(() => RunImageAsync(runtime, "c4", url));
            Assert.Contains("the Docker engine could not pull", gone.Message);
        });

    [Fact]
    public Task An_image_that_was_pulled_with_a_password_is_for_those_who_know_it() =>
        _cell.RunAsync(async runtime =>
        {
            await using var registry = await RegistryServer.StartNewAsync(withPassword: true);
            await registry.PushAsync(Build("secret"), "web:v1");
            var spec = new ContainerSpec { Handle = "c1", RootFs = $"docker://{registry.Host}/web:v1" };
            var wrong = await RefusedAsync(runtime, spec with { ImageCredentials = new(RegistryServer.User, "wrong") });
            Assert.Contains("unauthorized", wrong, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("wrong", wrong);

            await runtime.CreateAsync(spec with { ImageCredentials = new(RegistryServer.User, RegistryServer.Password) }, None);
            await RefusedAsync(runtime, spec with { Handle = "c2" });
            await RefusedAsync(runtime, spec with { Handle = "c2", PullPolicy = ImagePullPolicy.Never });
            Assert.True(Assert.Single(runtime.Images.List()).IsPrivate);

            registry.Kill();
            var credentials = new RegistryCredentials(RegistryServer.User, RegistryServer.Password);
            await runtime.CreateAsync(spec with { Handle = "c3", ImageCredentials = credentials }, None);
        });

    [Fact]
    public Task A_missing_tag_is_said() =>
        _cell.RunAsync(async runtime =>
        {
            await using var registry = await RegistryServer.StartNewAsync();
            await registry.PushAsync(Build("one"), "web:v1");
            var message = await RefusedAsync(runtime, new ContainerSpec { Handle = "c1", RootFs = $"docker://{registry.Host}/web:v2" });
            Assert.Contains($"image docker://{registry.Host}/web:v2", message);
            Assert.Contains("manifest unknown", message);
        });

    private string Build(string text)
    {
        var path = Path.Combine(_cell.Directory, $"layout-{Guid.NewGuid():N}");
        var layout = new OciLayoutBuilder
        {
            Environment = [$"TEXT={text}"],
            WorkingDirectory = "/srv",
            Entrypoint = ["/bin/sh", "-c"],
            Command = ["echo $TEXT in $(pwd)"],
            StopSignal = "SIGQUIT",
        };
        layout.AddLayer(tar => BusyboxImage.Write(tar, "/bin/busybox", new Dictionary<string, string> { ["text"] = text }));
        layout.WriteDirectory(path);
        return path;
    }

    /// <summary>Runs an image's own command, and returns what it says.</summary>
    private static async Task<IReadOnlyList<string>> RunImageAsync(DockerRuntime runtime, string handle, string rootFs)
    {
        await runtime.CreateAsync(new ContainerSpec { Handle = handle, RootFs = rootFs }, None);
        var process = await runtime.StartProcessAsync(handle, "image", new ProcessSpec { Path = "" }, None);
        await process.Exit.WaitAsync(Wait.Patience);
        var lines = new List<string>();
        await foreach (var line in runtime.LogsAsync(handle, "image", LogCursor.Start, follow: false, None))
            lines.Add(line.Text);
        return lines;
    }

    private static async Task<string> RefusedAsync(DockerRuntime runtime, ContainerSpec spec)
    {
        var refused = await Assert.ThrowsAsync<DomainException>(() => runtime.CreateAsync(spec, None));
        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
        return refused.Message;
    }

    private static async Task SkopeoAsync(params string[] arguments)
    {
        var (exitCode, output) = await CellFixture.MachineAsync("skopeo", ["--insecure-policy", .. arguments]);
        Assert.True(exitCode == 0, output);
    }
}
