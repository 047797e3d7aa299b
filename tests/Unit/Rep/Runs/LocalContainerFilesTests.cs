using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Transfers.Cache;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Unit.Rep.Runs;

public sealed class LocalContainerFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("files-");
    private readonly TransferOptions _options = new() { DownloadAttempts = 1, DeniedNetworks = [] };
    private readonly TransferSlots _slots = new(new TransferOptions());
    private readonly LocalContainerFiles _files;

    public LocalContainerFilesTests()
    {
        var shelf = new CacheShelf(Path.Combine(_folder.FullName, "downloads"), _options.DownloadCacheBytes, TimeProvider.System);
        var fetcher = new Fetcher(new FileServers(_options), _options, new TransferMetrics(new CellId("cell-1")), TimeProvider.System);
        var cache = new DownloadCache(shelf, fetcher, _options, _slots, Guid.NewGuid);
        _files = new LocalContainerFiles(Path.Combine(_folder.FullName, "files"), new Dependencies(cache, shelf), []);
    }

    public void Dispose()
    {
        _slots.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Bindings_are_files_that_everybody_in_the_container_reads()
    {
        var work = WorkOf(lrp =>
        {
            lrp.VolumeMountedFiles.Add(new MountedFile { Path = "/redis/uri", Content = "redis://secret" });
            lrp.VolumeMountedFiles.Add(new MountedFile { Path = "redis/./type", Content = "redis" });
        });

        await _files.PrepareAsync(work, (_, _) => { }, default);
        var mount = Assert.Single(await _files.PrepareAsync(work, (_, _) => { }, default));

        Assert.Equal(("/etc/cf-service-bindings", true), (mount.Destination, mount.ReadOnly));
        Assert.Equal("redis://secret", await File.ReadAllTextAsync(Path.Combine(mount.Source, "redis", "uri")));
        Assert.Equal("644", Mode(Path.Combine(mount.Source, "redis", "type")));
        Assert.Equal("755", Mode(Path.Combine(mount.Source, "redis")));
        Assert.Equal("700", Mode(Path.Combine(_folder.FullName, "files")));
        await _files.RemoveAsync("guid", default);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder.FullName, "files")));
        await _files.RemoveAsync("guid", default);
    }

    [Theory]
    [InlineData("../out", "leads out of its directory")]
    [InlineData("a/../../out", "leads out of its directory")]
    [InlineData("/", "leads out of its directory")]
    [InlineData("there/below", "is below another file")]
    [InlineData("in", "is a directory of another file")]
    public async Task A_path_that_cannot_be_is_the_works_fault(string path, string rule)
    {
        var work = WorkOf(lrp =>
        {
            lrp.VolumeMountedFiles.Add(new MountedFile { Path = "there" });
            lrp.VolumeMountedFiles.Add(new MountedFile { Path = "in/here" });
            lrp.VolumeMountedFiles.Add(new MountedFile { Path = path });
        });

        var failure = await Assert.ThrowsAsync<PreparationException>(() => _files.PrepareAsync(work, (_, _) => { }, default));

        Assert.Equal(($"failed to create volume mounted files: {path} {rule}", true), (failure.Message, failure.IsPermanent));
    }

    [Fact]
    public async Task A_dependency_that_cannot_be_had_says_why_and_not_where()
    {
        await using var server = new ScriptedServer(_ => new ScriptedReply(404));
        var said = new List<string>();
        var work = WorkOf(lrp =>
            lrp.CachedDependencies.Add(
                new CachedDependency
                {
                    Name = "tool",
                    From = server.Url("/secret"),
                    To = "/opt",
                }
            )
        );

        var failure = await Assert.ThrowsAsync<PreparationException>(() => _files.PrepareAsync(work, (_, line) => said.Add(line), default));

        Assert.Equal("failed to download cached artifacts: the server answered with status 404", failure.Message);
        Assert.False(failure.IsPermanent);
        Assert.Equal(["Downloading tool...", "Downloading tool failed"], said);
    }

    [Fact]
    public void Image_layers_are_dependencies_and_downloads()
    {
        var work = WorkOf(lrp =>
        {
#pragma warning disable CS0612 // What an exclusive layer needs.
            lrp.LegacyDownloadUser = "vcap";
#pragma warning restore CS0612
            lrp.Setup = new LrpAction { RunAction = new RunAction { Path = "/setup" } };
            lrp.ImageLayers.Add(Layer("shared", ImageLayer.Types.Type.Shared));
            lrp.ImageLayers.Add(Layer("own", ImageLayer.Types.Type.Exclusive));
        });

        var dependency = Assert.Single(work.CachedDependencies);
        Assert.Equal(("http://x/shared", "/to/shared", "sha256:abc"), (dependency.From, dependency.To, dependency.CacheKey));
        Assert.Equal(("sha256", "abc"), (dependency.ChecksumAlgorithm, dependency.ChecksumValue));
        var download = work.Setup!.SerialAction.Actions[0].ParallelAction.Actions.Single().DownloadAction;
        Assert.Equal(("http://x/own", "/to/own", "vcap", "own"), (download.From, download.To, download.User, download.Artifact));
        Assert.Equal("/setup", work.Setup.SerialAction.Actions[1].RunAction.Path);
    }

    private static ImageLayer Layer(string name, ImageLayer.Types.Type type) =>
        new()
        {
            Name = name,
            Url = $"http://x/{name}",
            DestinationPath = $"/to/{name}",
            LayerType = type,
            MediaType = ImageLayer.Types.MediaType.Tgz,
            DigestAlgorithm = ImageLayer.Types.DigestAlgorithm.Sha256,
            DigestValue = "abc",
        };

    private static WorkDefinition WorkOf(Action<DesiredLRP> change)
    {
        var lrp = new DesiredLRP { ProcessGuid = "web" };
        change(lrp);
        return WorkDefinition.Of(
            new JournalEntry
            {
                ContainerGuid = "guid",
                ProcessGuid = "web",
                Domain = "tests",
                Demand = new Demand("preloaded:linux", 1, 1),
                Work = lrp.ToByteArray(),
            }
        );
    }

    private static string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
